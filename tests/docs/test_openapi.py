"""/api/openapi.json."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import bearer, client_of

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
ANYWHERE = {"400", "403", "408", "413", "429", "431", "500", "503"}
WITH_BODY = {"415", "422"}
FOUNDING = {
    "/api/auth/register": ("post", "201", {"401", "409"}),
    "/api/auth/login": ("post", "200", {"401"}),
    "/api/auth/refresh": ("post", "200", {"401"}),
    "/api/auth/logout": ("post", "200", {"401"}),
    "/api/auth/me": ("get", "200", {"401"}),
    "/api/auth/change-password": ("post", "200", {"401"}),
    "/api/auth/protected": ("get", "200", {"401"}),
    "/api/auth/admin-only": ("get", "200", {"401"}),
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def schema(application):
    """Made once: it takes a second."""
    async with client_of(application) as client:
        answer = await client.get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method in METHODS & item.keys():
            yield f"{method} {path}", item[method]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(value)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


async def test_it_is_an_openapi_3_1_document(schema):
    assert schema["openapi"].startswith("3.1.")
    assert schema["info"].keys() >= {"title", "version"}
    assert schema["paths"]


async def test_every_reference_leads_somewhere(schema):
    found = set(references(schema))

    assert found
    for reference in found:
        node: Any = schema
        assert reference.startswith("#/")
        for step in reference[2:].split("/"):
            node = node[step.replace("~1", "/").replace("~0", "~")]


async def test_every_operation_has_an_id_of_its_own_and_a_summary(schema):
    ids = [operation["operationId"] for _, operation in operations(schema)]

    assert len(ids) == len(set(ids))
    assert all(operation["summary"] for _, operation in operations(schema))


async def test_every_response_has_a_description(schema):
    for _, operation in operations(schema):
        assert all(response["description"] for response in operation["responses"].values())


async def test_every_parameter_of_a_path_is_declared(schema):
    for name, operation in operations(schema):
        in_path = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", name))


@pytest.mark.parametrize("path", FOUNDING)
async def test_a_founding_route_declares_its_answers(schema, path):
    method, success, errors = FOUNDING[path]
    operation = schema["paths"][path][method]
    body = WITH_BODY if "requestBody" in operation else set()

    assert operation["responses"].keys() == {success} | errors | ANYWHERE | body


async def test_every_auth_route_declares_the_errors_that_any_may_give(schema):
    for name, operation in operations(schema):
        if "/api/auth/" in name:
            assert operation["responses"].keys() >= ANYWHERE, name


async def test_every_auth_route_that_takes_a_body_declares_what_can_be_wrong_with_it(schema):
    for name, operation in operations(schema):
        if "/api/auth/" in name and "requestBody" in operation:
            assert operation["responses"].keys() >= WITH_BODY, name


async def test_every_auth_route_that_takes_a_token_declares_401(schema):
    for name, operation in operations(schema):
        if "/api/auth/" in name and operation.get("security"):
            assert "401" in operation["responses"], name


async def test_every_declared_error_has_the_one_shape(schema):
    for name, operation in operations(schema):
        for status, response in operation["responses"].items():
            if "/api/auth/" in name and status >= "400":
                [(media_type, content)] = response["content"].items()
                assert media_type == "application/json"
                assert content["schema"] == {"$ref": "#/components/schemas/ErrorSchema"}


async def test_the_bearer_scheme_is_declared(schema):
    used = schema["paths"]["/api/auth/me"]["get"]["security"]

    [name] = used[0]
    assert schema["components"]["securitySchemes"][name] == {"type": "http", "scheme": "bearer"}


async def test_the_founding_routes_without_a_token_declare_no_security(schema):
    for path in ("/api/auth/register", "/api/auth/login", "/api/auth/refresh"):
        assert schema["paths"][path]["post"]["security"] == []


async def test_there_is_one_scheme_for_each_thing_to_log_in_with(schema):
    schemes = schema["components"]["securitySchemes"].values()

    assert sorted(scheme["scheme"] for scheme in schemes) == ["basic", "bearer"]


async def test_every_operation_says_what_it_takes_to_call_it(schema):
    known = schema["components"]["securitySchemes"].keys()
    for name, operation in operations(schema):
        assert {scheme for needed in operation["security"] for scheme in needed} <= known, name


async def test_it_says_where_the_server_is(schema):
    assert schema["servers"] == [{"url": "/"}]


async def test_a_body_is_one_schema_whether_or_not_it_may_be_absent(schema):
    bodies = {name: operation["requestBody"] for name, operation in operations(schema) if "requestBody" in operation}
    optional = {name for name, body in bodies.items() if not body["required"]}

    assert optional == {"post /api/auth/refresh", "post /api/auth/logout", "post /api/auth/ws-ticket"}
    for name in optional:
        assert bodies[name]["content"]["application/json"]["schema"].keys() == {"$ref"}


async def test_integers_have_a_size(schema):
    user = schema["components"]["schemas"]["UserSchema"]["properties"]
    [limit] = [one for one in schema["paths"]["/api/auth/sessions"]["get"]["parameters"] if one["name"] == "limit"]

    assert user["id"]["format"] == "int64"
    assert limit["schema"]["format"] == "int32"
    assert [node for node in nodes(schema) if node.get("type") == "integer" and "format" not in node] == []


async def test_addresses_passwords_and_times_have_a_format(schema):
    models = schema["components"]["schemas"]

    assert models["RegisterSchema"]["properties"]["email"]["format"] == "email"
    assert (
        models["RegisterSchema"]["properties"]["password"] | {"minLength": 10, "format": "password"}
        == (models["RegisterSchema"]["properties"]["password"])
    )
    assert models["LoginSchema"]["properties"]["password"]["minLength"] == 1
    assert models["UserSchema"]["properties"]["date_joined"]["format"] == "date-time"
    assert models["SessionSchema"]["properties"]["sid"]["format"] == "uuid"


HEADERS = {
    "401": ("post /api/auth/login", "WWW-Authenticate"),
    "429": ("post /api/auth/login", "Retry-After"),
    "503": ("get /api/auth/me", "Retry-After"),
    "200": ("post /api/auth/refresh", "Authgate-Refresh"),
}


@pytest.mark.parametrize("status", HEADERS)
async def test_an_answer_declares_its_header_fields(schema, status):
    name, field = HEADERS[status]
    declared = dict(operations(schema))[name]["responses"][status]["headers"]

    assert declared.keys() == {"X-Request-ID", "RateLimit", "RateLimit-Policy", field}


async def test_the_header_fields_that_a_call_takes_are_declared(schema):
    taken = {
        name: {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        for name, operation in operations(schema)
    }

    assert taken["post /api/auth/login"] == {"Authgate-Token-Mode", "Authgate-Client"}
    assert taken["post /api/auth/logout"] == {"Authgate-Token-Mode"}
    assert taken["get /api/auth/me"] == set()


SAMPLES = {
    "register": 201,
    "login": 200,
    "password-reset": 202,
    "ws-ticket": 200,
    "change-password": 200,
    "logout": 200,
}


async def test_what_the_page_of_documentation_proposes_succeeds_untouched(schema, client):
    """In the order in which somebody would try it, with the one token that is asked for."""
    fields: dict[str, str] = {}
    for route, status in SAMPLES.items():
        body = schema["paths"][f"/api/auth/{route}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        [sample] = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]["examples"]
        answer = await client.post(f"/api/auth/{route}", json=sample, headers=fields)

        assert answer.status_code == status, answer.text
        if "access_token" in answer.json():
            fields = bearer(answer.json()["access_token"])
