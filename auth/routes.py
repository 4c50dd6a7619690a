"""How routes declare their answers."""

from auth.schemas import ErrorSchema

_ANYWHERE = (400, 403, 408, 413, 429, 431, 500, 503)
"""What comes before a route is found, and may come at any: a foreign host, http, a body too slow or too large."""
WITH_BODY = (415, 422)


def answers(status: int, schema: type | None, *errors: int) -> dict[int, type | None]:
    """The documented answers of a route: its success, its own errors, and those that any route may give.

    A schema of None: the body is empty.
    """
    return {status: schema} | dict.fromkeys(sorted({*errors, *_ANYWHERE}), ErrorSchema)
