"""How routes declare their responses, and the header fields that they accept."""

from typing import Any

from auth.http.schemas import ErrorSchema

_ANYWHERE = (400, 403, 408, 413, 429, 431, 500, 503)
"""What comes before a route is found, and may come at any: a foreign host, http, a body too slow or too large."""
WITH_BODY = (415, 422)


TOKEN_MODE = {
    "in": "header",
    "name": "Authgate-Token-Mode",
    "required": False,
    "schema": {"type": "string", "enum": ["cookie"]},
    "description": "Keeps the refresh token in a cookie; for pages of allowed origins.",
}
TRUSTED = {
    "in": "header",
    "name": "Authgate-Client",
    "required": False,
    "schema": {"type": "string", "pattern": "^Basic [A-Za-z0-9+/]+={0,2}$"},
    "description": "For service clients that call on behalf of many users: id and secret, as in HTTP Basic.",
}
"""For every route without authentication of its own: app/openapi.py adds it."""


def taking(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """OpenAPI of a route that accepts these header fields."""
    return {"parameters": list(fields), **more}


def responses_for(status: int, schema: type | None, *errors: int) -> dict[int, type | None]:
    """The documented responses of a route: its success, its own errors, and those that any route may return.

    A schema of None: the body is empty.
    """
    return {status: schema} | dict.fromkeys(sorted({*errors, *_ANYWHERE}), ErrorSchema)
