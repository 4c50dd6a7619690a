"""The table of docs/errors.md, from the classes of auth/errors: docstrings say when, and what a client should do."""

import inspect
from collections.abc import Iterator

from auth.errors import AuthError
from scripts.documents.tables import table

_CLIENT = "Client: "


def codes() -> str:
    """A row for each class that tells clients what to do, by status."""
    found = sorted(_told(AuthError), key=lambda kind: kind.status)
    return table(("code", "status", "when", "what a client should do"), map(_row, found))


def _told(base: type[AuthError]) -> Iterator[type[AuthError]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("auth.errors") and _CLIENT in (kind.__doc__ or ""):
            yield kind
        yield from _told(kind)


def _row(kind: type[AuthError]) -> list[str]:
    when, *others = [" ".join(text.split()) for text in inspect.cleandoc(kind.__doc__ or "").split("\n\n")]
    [advice] = [text.removeprefix(_CLIENT) for text in others if text.startswith(_CLIENT)]
    return [f"`{kind.code}`", str(kind.status), (when[0].lower() + when[1:]).rstrip("."), advice.rstrip(".")]
