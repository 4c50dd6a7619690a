"""How routes declare their answers."""

from auth.schemas import ErrorSchema

_ANYWHERE = (400, 429, 500, 503)
WITH_BODY = (408, 413, 415, 422)


def answers(status: int, schema: type, *errors: int) -> dict[int, type]:
    """The documented answers of a route: its success, its own errors, and those that any route may give."""
    return {status: schema} | dict.fromkeys(sorted({*errors, *_ANYWHERE}), ErrorSchema)
