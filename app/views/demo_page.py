"""The demo page at `/`, built from examples/spa by `make demo`."""

from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import orjson
from servestatic import ServeStaticASGI  # type: ignore[import-untyped]

from app.http.asgi_types import ASGIApp, Fields, Message, Receive, Scope, Send
from app.http.file_errors import Explained
from app.http.whole_response import send_in_two

_PREFIX = "/demo/"
_CONFIG = "/demo/config.json"
_FILES = Path(__file__).with_name("demo")


def is_for(path: str) -> bool:
    return path == "/" or path.startswith(_PREFIX)


class DemoPage:
    """Serves `/` and the files that the page loads. Their names do not change, so browsers revalidate them by ETag.

    `chat` is the address of a WebSocket that the page may open, or "".
    """

    def __init__(self, otherwise: ASGIApp, *, chat: str) -> None:
        files = ServeStaticASGI(otherwise, max_age=0, allow_all_origins=False)
        files.add_files(_FILES, prefix=_PREFIX)
        files.files["/"] = files.files.pop(f"{_PREFIX}index.html")
        self._files = Explained(cast(ASGIApp, files))
        self._fields = _fields(chat)
        self._config = orjson.dumps({"chat": chat or None})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A 304 has the header fields too: the browser updates its stored ones (RFC 9111 §3.2)."""

        async def send_with_fields(message: Message) -> None:
            if "status" in message:
                message["headers"] = [*message["headers"], *self._fields]
            await send(message)

        answer = self._tell if scope["path"] == _CONFIG and scope["method"] == "GET" else self._files
        await answer(scope, receive, send_with_fields)

    async def _tell(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What the page needs to know about this server."""
        length = b"%d" % len(self._config)
        fields = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send_in_two(send, 200, fields, self._config)


def _fields(chat: str) -> Fields:
    """Nothing inline, nothing from elsewhere but the chat, and no text becomes code (Trusted Types)."""
    parts = urlsplit(chat)
    own = f"'self' {parts.scheme}://{parts.netloc}" if chat else "'self'"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {own}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return [(b"content-security-policy", policy.encode()), (b"cross-origin-resource-policy", b"same-origin")]
