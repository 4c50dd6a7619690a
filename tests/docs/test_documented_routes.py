"""docs/api.md holds exactly the routes that are served, each with the statuses that its schema declares."""

import re

import pytest
from django.urls import URLPattern

from app.api import api
from app.urls import urlpatterns
from tests.docs.documents import is_ours, read, sections

API = read("docs/api.md")
ROUTES = {title.strip("`"): text for title, text in sections(API, level=3).items() if title.startswith("`")}
SCHEMA = {
    f"{method.upper()} {path}": operation
    for path, operations in api.get_openapi_schema()["paths"].items()
    for method, operation in operations.items()
    if is_ours(operation)
}
PLAIN = {
    f"/{pattern.pattern}"
    for pattern in urlpatterns
    if isinstance(pattern, URLPattern)
    and not str(pattern.pattern).startswith("admin")
    and str(pattern.pattern) != "api/"
}


def statuses(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"\b[1-5]\d\d\b", text)}


def paragraph(text: str, start: str) -> str:
    """The one paragraph or line that starts so."""
    [found] = re.findall(rf"^{start}.*?(?=\n\n|\nA route|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return str(found)


def test_every_route_is_documented_and_nothing_else() -> None:
    documented_plain = {route for route in ROUTES if route.split(" ")[1] in PLAIN}

    assert ROUTES.keys() - documented_plain == SCHEMA.keys()
    assert {route.split(" ")[1] for route in documented_plain} == PLAIN


@pytest.mark.parametrize("route", SCHEMA)
def test_a_route_is_documented_with_the_statuses_that_its_schema_declares(route: str) -> None:
    everywhere = statuses(paragraph(API, "Any route of `/api`"))
    with_body = statuses(paragraph(API, "A route that takes a body")) if "requestBody" in SCHEMA[route] else set()
    own = statuses(paragraph(ROUTES[route], "Returns "))

    assert own | everywhere | with_body == {int(status) for status in SCHEMA[route]["responses"]}


@pytest.mark.parametrize("route", SCHEMA)
def test_every_error_of_the_schema_is_the_one_error_body(route: str) -> None:
    errors = {status: answer for status, answer in SCHEMA[route]["responses"].items() if int(status) >= 400}

    assert errors
    for answer in errors.values():
        [content] = answer["content"].values()
        assert content["schema"] == {"$ref": "#/components/schemas/ErrorSchema"}
