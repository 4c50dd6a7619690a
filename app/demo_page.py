"""The demo page at `/`: the JavaScript client at work. `make demo` builds its files from examples/spa."""

from pathlib import Path
from typing import cast

from servestatic import ServeStaticASGI  # type: ignore[import-untyped]

from app.asgi_types import ASGIApp, Message, Receive, Scope, Send

_PREFIX = "/demo/"
_FILES = Path(__file__).with_name("demo")
_FIELDS = [
    # Nothing inline, nothing from elsewhere, and no text becomes code (Trusted Types).
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
        b"require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (b"cross-origin-resource-policy", b"same-origin"),
]


def is_for(path: str) -> bool:
    return path == "/" or path.startswith(_PREFIX)


class DemoPage:
    """Answers `/` and the files that the page loads. Their names stay the same, so browsers ask each time, by ETag."""

    def __init__(self, otherwise: ASGIApp) -> None:
        files = ServeStaticASGI(otherwise, max_age=0, allow_all_origins=False)
        files.add_files(_FILES, prefix=_PREFIX)
        files.files["/"] = files.files.pop(f"{_PREFIX}index.html")
        self._files = cast(ASGIApp, files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The fields come with a 304 too: a browser takes over those it has (RFC 9111 §3.2)."""

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_FIELDS]
            await send(message)

        await self._files(scope, receive, send_with_fields)
