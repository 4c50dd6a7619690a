"""The demo page at `/`: the JavaScript client at work. `make demo` builds its files from examples/spa."""

from pathlib import Path
from typing import cast
from wsgiref.headers import Headers

from servestatic import ServeStaticASGI  # type: ignore[import-untyped]

from app.asgi_types import ASGIApp

PREFIX = "/demo/"
_FILES = Path(__file__).with_name("demo")
_FIELDS = {
    # Nothing inline, nothing from elsewhere, and no text becomes code (Trusted Types).
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
}


def is_for(path: str) -> bool:
    return path == "/" or path.startswith(PREFIX)


def serve(otherwise: ASGIApp) -> ASGIApp:
    """Answers `/` and the files that the page loads. Their names stay the same, so browsers ask each time, by ETag."""
    server = ServeStaticASGI(otherwise, max_age=0, allow_all_origins=False, add_headers_function=_add_fields)
    server.add_files(_FILES, prefix=PREFIX)
    server.files["/"] = server.files.pop(f"{PREFIX}index.html")
    return cast(ASGIApp, server)


def _add_fields(headers: Headers, path: str, url: str) -> None:
    for name, value in _FIELDS.items():
        headers[name] = value
