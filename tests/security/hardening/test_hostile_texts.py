"""Hostile texts in every text field of every route, as the OpenAPI document names them.

No answer is a 5xx, every refusal has the contract's body, and each comes in time.
"""

import asyncio
import itertools
import json
import time
from dataclasses import replace
from itertools import batched
from urllib.parse import quote

import pytest

from auth.clients.registry import ServiceClients
from auth.clients.secrets import hash_secret
from tests.conftest import PASSWORD, bearer, registration
from tests.integration.oauth.calls import FORM, Service
from tests.security.hardening.test_cost_of_text import SHAPES
from tests.unit import vectors

pytestmark = pytest.mark.long

SECONDS = 5.0
AT_ONCE = 25
SERVICE = Service("hostile-texts", "a secret of a service, thirty-two bytes")
ENDLESS = "/api/oauth/revocations"  # tests/integration/feed reads it
LENGTHS = (9, 15_000)
PARTS = 4  # each field gets one part of a long list, the next field the next part

RAW = {
    "a large exponent": "1e400",
    "a small exponent": "-1e-400",
    "a giant integer": "9" * 400,
    "a longer integer": "9" * 5000,
    "more than 64 bits": "18446744073709551616",
    "true": "true",
    "null": "null",
    "NaN": "NaN",
    "deep lists": "[" * 1000 + "]" * 1000,
    "deep objects": '{"a":' * 1000 + "1" + "}" * 1000,
    "a lone surrogate": r'"\ud800"',
    "surrogates the wrong way round": r'"\udc00\ud800"',
    "NUL": r'"\u0000"',
    "NUL inside": r'"ann\u0000x@example.com"',
    "controls": r'"\u0001\u0008\u001b[2J"',
    "bidi": r'"\u202eann\u2066"',
    "an escaped break": r'"a\r\nSet-Cookie: x=1"',
    "a noncharacter": r'"\uffff\ufdd0"',
    "beyond the first plane": r'"\ud83d\ude00"',
    "a bad escape": r'"\u12"',
    "no end": '"',
    "twice": '"a","FIELD":"b"',
    "a prototype": '{"__proto__":{"a":1}}',
}
FIELDS = (
    *("Authorization", "Authgate-Client", "Authgate-Token-Mode", "Cookie", "Host", "Origin", "User-Agent"),
    *("Content-Type", "Content-Encoding", "Content-Length", "If-None-Match", "X-Request-ID", "X-Forwarded-For"),
    *("Access-Control-Request-Method", "Access-Control-Request-Headers"),
)
SAMPLES = {"password_confirm": PASSWORD, "old_password": PASSWORD, "new_password": PASSWORD, "token": "1.x-y"}


@pytest.fixture
def service(application, monkeypatch):
    clients = ServiceClients({SERVICE.client_id: hash_secret(SERVICE.secret)})
    monkeypatch.setattr(application, "runtime", replace(application.runtime, service_clients=clients))


@pytest.fixture
async def operations(client):
    """Method, path, media type, fields of the body, and parameters of each route."""
    document = (await client.get("/api/openapi.json")).json()
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if path != ENDLESS:
                media, fields = body_of(document, operation)
                parameters = [(one["in"], one["name"]) for one in operation.get("parameters", [])]
                found.append((method.upper(), path, media, fields, parameters))
    return found


def body_of(document, operation):
    content = operation.get("requestBody", {}).get("content", {})
    for media, told in content.items():
        schema = told["schema"]
        for option in [schema, *schema.get("anyOf", []), *schema.get("allOf", [])]:
            option = document["components"]["schemas"].get(option.get("$ref", "").rpartition("/")[2], option)
            if "properties" in option:
                return media, list(option["properties"])
    return "", []


class Attacker:
    """Sends requests with good credentials, whatever became of the last ones, and judges the answers."""

    def __init__(self, client):
        self.client = client
        self.odd = {}
        self.sent = 0
        self.tokens = {}

    async def log_in(self):
        self.tokens = (await self.client.post("/api/auth/register", json=registration())).json()

    async def send(self, what, method, path, **options):
        headers = bearer(self.tokens["access_token"]) if "/oauth/" not in path else SERVICE.basic
        started = time.monotonic()
        answer = await self.client.request(method, path, headers=headers | options.pop("headers", {}), **options)
        self.sent += 1
        if answer.status_code >= 500 or time.monotonic() - started > SECONDS or not _is_as_agreed(answer):
            self.odd[method, path, what] = (answer.status_code, answer.text[:100])
        if answer.status_code == 200 or answer.status_code == 401:
            await self.log_in()


def _is_as_agreed(answer):
    if answer.status_code < 400:
        return True
    return answer.headers["content-type"] == "application/json" and list(answer.json()) == [
        "error",
        "message",
        "details",
    ]


def body(media, fields, field, raw):
    """JSON, or a form, whose other fields are good; `raw` is JSON text."""
    good = registration()
    others = {name: SAMPLES.get(name) or good.get(name, "x") for name in fields if name != field}
    if media == FORM:
        return "&".join([f"{name}=x" for name in others] + [f"{field}={raw}"]).encode("utf-8", "surrogatepass")
    text = ",".join([f"{json.dumps(name)}:{json.dumps(value)}" for name, value in others.items()])
    return ("{" + text + "," * bool(others) + f'"{field}":{raw}' + "}").encode()


def texts():
    return {f"{name}, {length}": shape(length) for name, shape in SHAPES.items() for length in LENGTHS}


async def test_in_the_fields_of_every_body(client, service, operations):
    attacker = Attacker(client)
    await attacker.log_in()
    wanted = RAW | {name: json.dumps(text) for name, text in texts().items()}
    for method, path, media, fields, _ in operations:
        for field in fields:
            for name, raw in wanted.items():
                content = body(media, fields, field, raw.replace("FIELD", field))
                await attacker.send(f"{field}: {name}", method, path, content=content, headers={"Content-Type": media})

    assert attacker.odd == {}
    assert attacker.sent > 1500


async def test_in_every_parameter(client, service, operations):
    attacker = Attacker(client)
    await attacker.log_in()
    for method, path, _, _, parameters in operations:
        for place, parameter in parameters:
            for name, text in texts().items():
                await attacker.send(f"{parameter}: {name}", *filled(method, path, place, parameter, text[:4000]))

    assert attacker.odd == {}
    assert attacker.sent > 100


def filled(method, path, place, parameter, text):
    quoted = quote(text, safe="", errors="surrogatepass")
    if place == "path":
        return method, path.replace("{" + parameter + "}", quoted)
    return method, f"{path}?{parameter}={quoted}"


async def test_in_every_header_field_that_is_read(client, service):
    attacker = Attacker(client)
    await attacker.log_in()
    for field in FIELDS:
        for name, text in texts().items():
            headers = {field: text[:4000].encode("utf-8", "surrogatepass")}
            await attacker.send(f"{field}: {name}", "GET", "/api/auth/me", headers=headers)
            await attacker.send(f"{field}: {name}", "POST", "/api/auth/refresh", content=b"{}", headers=headers)

    assert attacker.odd == {}
    assert attacker.sent > 800


async def test_naughty_strings_in_the_fields_that_no_other_test_gives_them_to(client, service, operations):
    strings = vectors.read_json("blns/blns.json")
    attacker = Attacker(client)
    await attacker.log_in()
    numbers = itertools.count()
    for method, path, media, fields, _ in operations:
        if path.endswith(("/register", "/login", "/refresh", "/change-password")):
            continue  # tests/integration/http/test_naughty_strings.py
        for field in fields:
            for some in batched(strings[next(numbers) % PARTS :: PARTS], AT_ONCE):
                bodies = [body(media, fields, field, json.dumps(text) if media != FORM else text) for text in some]
                calls = [
                    attacker.send(f"{field}: {text!r}", method, path, content=content, headers={"Content-Type": media})
                    for text, content in zip(some, bodies, strict=True)
                ]
                await asyncio.gather(*calls)

    assert attacker.odd == {}


async def test_bodies_of_the_json_test_suite_at_every_route(client, service, operations):
    suite = {
        name: vectors.read(name).encode("utf-8", "surrogateescape")
        for name in vectors.names("JSONTestSuite/test_parsing/*.json")
    }
    attacker = Attacker(client)
    await attacker.log_in()
    numbers = itertools.count()
    for method, path, media, _, _ in operations:
        part = list(suite)[next(numbers) % PARTS :: PARTS] if media else []
        for name in part:
            await attacker.send(name, method, path, content=suite[name], headers={"Content-Type": media})

    assert attacker.odd == {}
