"""The table of docs/errors.md, from the docstrings of the classes in auth/errors."""

import inspect
from collections.abc import Iterator

from auth.errors import AuthError
from scripts.documents.tables import table

_CLIENT = "Client: "


def codes() -> str:
    """A row for each class with advice for clients, sorted by status."""
    found = sorted(_documented(AuthError), key=lambda kind: kind.status)
    return table(("code", "status", "when", "what a client should do"), map(_row, found))


def _documented(base: type[AuthError]) -> Iterator[type[AuthError]]:
    for kind in base.__subclasses__():
        if kind.__module__.startswith("auth.errors") and _CLIENT in (kind.__doc__ or ""):
            yield kind
        yield from _documented(kind)


def _row(kind: type[AuthError]) -> list[str]:
    when, *others = [" ".join(text.split()) for text in inspect.cleandoc(kind.__doc__ or "").split("\n\n")]
    [advice] = [text.removeprefix(_CLIENT) for text in others if text.startswith(_CLIENT)]
    return [f"`{kind.code}`", str(kind.status), (when[0].lower() + when[1:]).rstrip("."), advice.rstrip(".")]
