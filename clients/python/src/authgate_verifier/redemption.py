"""Redemption of tickets for sockets: the server exchanges them for claims."""

import asyncio
import logging
import re

import httpx

from authgate_verifier.claims import Claims, claims_from
from authgate_verifier.errors import InvalidToken, Unavailable

_PATH = "/api/oauth/ws-ticket/redeem"
TIMEOUT = 3.0
"""Seconds, all in all."""
_TICKET = re.compile(r"[0-9]{1,18}\.[A-Za-z0-9_-]{43}", re.ASCII)

log = logging.getLogger("authgate_verifier")


async def redeem(client: httpx.AsyncClient, auth: httpx.Auth, ticket: str) -> Claims:
    """Never tried twice: if the answer is lost, the ticket is gone.

    Raises InvalidToken for a ticket that is unknown, used, expired or not for us; Unavailable when nobody can say.
    """
    if not _TICKET.fullmatch(ticket):
        raise InvalidToken("bad_ticket")
    try:
        async with asyncio.timeout(TIMEOUT):
            answer = await client.post(_PATH, data={"ticket": ticket}, auth=auth)
        return _read(answer)
    except (httpx.HTTPError, ValueError, TimeoutError) as error:
        problem = str(error) or type(error).__name__
        log.warning("a ticket could not be redeemed: %s", problem)
        raise Unavailable(f"The ticket could not be redeemed: {problem}.") from error


def _read(answer: httpx.Response) -> Claims:
    """Raises InvalidToken, or ValueError for what is no answer to the question."""
    body = answer.json() if answer.status_code in (200, 400) else None
    match answer.status_code, body:
        case 200, {}:
            return claims_from(body)
        case 400, {"error": "invalid_grant"}:
            raise InvalidToken("bad_ticket")
        case 401, _:
            raise ValueError("the server answered 401: check client_id and client_secret")
    raise ValueError(f"the server answered {answer.status_code}")
