"""The table of routes in docs/api.md, from the operations that Ninja knows."""

import re
from collections.abc import Iterator
from typing import Any

from app.api import api
from auth.api import ROUTERS
from scripts.documents.tables import table

_CREDENTIALS = {"JWTAuth": "access token", "ServiceClientAuth": "service client"}
_ANYWHERE = {400, 403, 408, 413, 415, 429, 431, 500, 503}
"""Statuses that docs/api.md lists once for all routes, or for all with a body."""


def routes() -> str:
    """A row for each route, with a link to its section."""
    return table(("route", "what it does", "requires", "returns"), map(_row, _operations()))


def _operations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Ours: a deployment may mount routes of its own."""
    views = [view for _, router, _ in ROUTERS for view in router.path_operations.values()]
    ours = {route.view_func.__name__ for view in views for route in view.operations}
    for path, item in api.get_openapi_schema()["paths"].items():
        yield from (
            (f"{method.upper()} {path}", found) for method, found in item.items() if found["operationId"] in ours
        )


def _row(route: tuple[str, dict[str, Any]]) -> list[str]:
    name, operation = route
    anchor = re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")
    required = [_CREDENTIALS[scheme] for choice in operation.get("security", []) for scheme in choice]
    own = sorted({int(status) for status in operation["responses"]} - _ANYWHERE)
    return [
        f"[`{name}`](#{anchor})",
        operation["summary"],
        " or ".join(required) or "nothing",
        ", ".join(map(str, own)),
    ]
