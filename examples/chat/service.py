"""A chat room whose members are users of Authgate: `uvicorn service:app`, with AUTHGATE_URL, AUTHGATE_CLIENT_ID and
AUTHGATE_CLIENT_SECRET in the environment. They say which server, and as which of its service clients.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from authgate_verifier import Verifier
from authgate_verifier.sockets import SocketKit, SocketSession

PAGE = Path(__file__).parent / "page"
LONGEST = 2000  # characters

authgate_url, client_id = os.environ["AUTHGATE_URL"], os.environ["AUTHGATE_CLIENT_ID"]
verifier = Verifier(
    authgate_url,
    client_id=client_id,
    client_secret=os.environ["AUTHGATE_CLIENT_SECRET"],
    issuer=os.environ.get("AUTHGATE_ISSUER", ""),
)
kit = SocketKit(verifier)
members: set[SocketSession] = set()


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    async with verifier:
        yield
        await kit.close()


async def config(_request: Request) -> JSONResponse:
    """What the page must know."""
    return JSONResponse({"authgate": authgate_url, "audience": client_id})


async def room(socket: WebSocket) -> None:
    async with kit.accept(socket.scope, socket.receive, socket.send) as session:
        if session is None:
            return
        members.add(session)
        try:
            async for message in session:
                await say(session.claims.username, read_text(message))
        finally:
            members.discard(session)


async def say(name: str, text: str | None) -> None:
    """To all at once: the sender waits for the slowest, the others do not."""
    if text is not None:
        message = json.dumps({"type": "message", "from": name, "text": text})
        await asyncio.gather(*(member.send_text(message) for member in members))


def read_text(message: str) -> str | None:
    """The text of `{"type": "message", "text": ...}`; None for everything else."""
    try:
        body = json.loads(message)
    except (ValueError, RecursionError):
        return None
    match body:
        case {"type": "message", "text": str(text)} if len(text) <= LONGEST:
            return text
    return None


app = Starlette(
    lifespan=lifespan,
    routes=[
        WebSocketRoute("/ws", room),
        Route("/config.json", config),
        Mount("/", StaticFiles(directory=PAGE, html=True)),
    ],
)
