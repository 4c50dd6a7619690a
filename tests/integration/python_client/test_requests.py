"""What the middleware, the FastAPI dependency and a Django view answer: the same, in Authgate's form."""

import json
from typing import Annotated

import httpx
import pytest
from django.http import JsonResponse
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from authgate_verifier import Claims, FeedStale, InvalidToken, Refused, Verifier, authorize
from authgate_verifier.asgi import RequireAuth, RunVerifier
from authgate_verifier.claims import access_claims
from authgate_verifier.fastapi import CurrentUser, answer_refusals
from tests.integration.python_client.fake import ISSUER, claims, fake


class Judge(Verifier):
    """Knows tokens by name."""

    def __init__(self) -> None:
        super().__init__(ISSUER, client_id="a", client_secret="b")

    def verify(self, token):
        if token in ("good", "staff"):
            return access_claims(claims(is_staff=token == "staff"), issuer=ISSUER, audience="authgate")
        if token == "defect":
            raise TypeError
        raise FeedStale("behind") if token == "stale" else InvalidToken("expired")


def behind_middleware(*, staff):
    async def me(request: Request):
        return JSONResponse({"username": request.state.authgate.username})

    return RequireAuth(Starlette(routes=[Route("/", me)]), Judge(), staff=staff)


def with_dependency(*, staff):
    app = FastAPI()
    answer_refusals(app)

    @app.get("/")
    async def me(user: Annotated[Claims, Depends(CurrentUser(Judge(), staff=staff))]):
        return {"username": user.username}

    return app


def with_function(*, staff):
    async def app(scope, receive, send):
        fields = {name.decode(): value.decode() for name, value in scope["headers"]}
        try:
            user = authorize(Judge(), fields.get("authorization"), staff=staff)
            response = JsonResponse({"username": user.username})
        except Refused as error:
            response = JsonResponse(error.refusal.body, status=error.refusal.status, headers=error.refusal.headers)
        head = [(name.encode(), value.encode()) for name, value in response.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": head})
        await send({"type": "http.response.body", "body": response.content})

    return app


APPS = {"middleware": behind_middleware, "dependency": with_dependency, "function": with_function}
MISSING = 'Bearer realm="api"'
INVALID = f'{MISSING}, error="invalid_token"'
ANSWERS = [
    (None, False, 401, "invalid_token", "WWW-Authenticate", MISSING),
    ("Basic good", False, 401, "invalid_token", "WWW-Authenticate", INVALID),
    ("Bearer", False, 401, "invalid_token", "WWW-Authenticate", INVALID),
    ("Bearer good good", False, 401, "invalid_token", "WWW-Authenticate", INVALID),
    ("Bearer good, Bearer staff", False, 401, "invalid_token", "WWW-Authenticate", INVALID),
    ("Bearer bad", False, 401, "invalid_token", "WWW-Authenticate", INVALID),
    ("Bearer good", True, 403, "insufficient_scope", "WWW-Authenticate", f'{MISSING}, error="insufficient_scope"'),
    ("Bearer stale", False, 503, "service_unavailable", "Retry-After", "1"),
]


async def ask(app, *authorization):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.get("/", headers=[("Authorization", value) for value in authorization])


@pytest.mark.parametrize("kind", APPS)
@pytest.mark.parametrize(("authorization", "staff", "status", "error", "field", "value"), ANSWERS)
async def test_refusals(kind, authorization, staff, status, error, field, value):
    answer = await ask(APPS[kind](staff=staff), *([authorization] if authorization else []))

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json().keys() == {"error", "message", "details"}
    assert answer.headers[field] == value
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"
    assert ("WWW-Authenticate" in answer.headers) is (status != 503)


@pytest.mark.parametrize("kind", APPS)
@pytest.mark.parametrize(
    ("authorization", "staff"), [("Bearer good", False), ("bEARER   good ", False), ("Bearer staff", True)]
)
async def test_a_good_token_passes(kind, authorization, staff):
    answer = await ask(APPS[kind](staff=staff), authorization)

    assert (answer.status_code, answer.json()) == (200, {"username": "ada"})


@pytest.mark.parametrize("kind", ["middleware", "dependency"])
async def test_two_tokens_are_none(kind):
    answer = await ask(APPS[kind](staff=False), "Bearer good", "Bearer good")

    assert answer.status_code == 401


@pytest.mark.parametrize("kind", APPS)
async def test_a_defect_is_the_applications_to_report(kind):
    with pytest.raises(TypeError):
        await ask(APPS[kind](staff=False), "Bearer defect")


async def test_without_the_handler_the_dependency_refuses_all_the_same():
    app = FastAPI()

    @app.get("/", dependencies=[Depends(CurrentUser(Judge()))])
    async def me():
        return {}

    answer = await ask(app, "Bearer stale")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert app.openapi()["paths"]["/"]["get"]["security"] == [{"Authgate": []}]


async def test_the_state_of_the_server_is_not_written_to():
    shared = {"pool": 1}
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["state"])
        await JSONResponse({})(scope, receive, send)

    middleware = RequireAuth(app, Judge())

    async def with_state(scope, receive, send):
        await middleware({**scope, "state": shared}, receive, send)

    await ask(with_state, "Bearer good")
    assert seen[0]["pool"] == 1
    assert shared == {"pool": 1}


async def live(app, *, asked=("lifespan.startup", "lifespan.shutdown")):
    """What the application says to a server that starts and stops it."""
    questions = [{"type": kind} for kind in reversed(asked)]
    said = []

    async def receive():
        return questions.pop()

    async def send(message):
        said.append(message)

    await app({"type": "lifespan"}, receive, send)
    return said


class Transport(httpx.AsyncHTTPTransport):
    """httpx's own; `is_closed` says whether its user is done with it."""

    is_closed = False

    async def aclose(self):
        await super().aclose()
        self.is_closed = True


async def test_an_application_without_a_lifespan_gets_one():
    async with fake() as authgate:
        transport = Transport()
        verifier = authgate.verifier(transport=transport)
        said = await live(RunVerifier(behind_middleware(staff=False), verifier))

    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert transport.is_closed


async def test_without_authgate_the_server_does_not_start_and_says_why(monkeypatch):
    start = Verifier.start
    monkeypatch.setattr(Verifier, "start", lambda self: start(self, timeout=0.2))
    async with fake(keys_away=True) as authgate:
        said = await live(RunVerifier(behind_middleware(staff=False), authgate.verifier()))

    assert [message["type"] for message in said] == ["lifespan.startup.failed"]
    assert "the public keys cannot be fetched: http://" in json.dumps(said)
