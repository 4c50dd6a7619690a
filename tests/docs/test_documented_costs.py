"""The table "What a call costs" of docs/api.md, held to what is counted."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.db.backends.utils import CursorWrapper

from app.api import api
from app.application import Application
from auth.clients.secrets import hash_secret
from auth.core.policies import LIMITS, Policies, Quota
from auth.models import ServiceClient, User
from auth.passwords.pool import PasswordPool
from auth.runtime import Runtime
from auth.stores.client import RedisStore
from tests.conftest import PASSWORD, client_of, registration
from tests.docs.documents import is_ours, read, rows, sections

TABLE = rows(sections(read("docs/api.md"), level=2)["What a call costs"])
COSTS = {cells[0].replace("`", ""): tuple(map(int, cells[1:])) for cells in TABLE if cells[1].isdigit()}

NEW = "another horse, another battery"
_counts: ContextVar[Counter[str] | None] = ContextVar("counts", default=None)
"""Set in the task that makes the call; its threads inherit it, background tasks do not."""


@pytest.fixture(autouse=True)
def _counters(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, kind in (
        (CursorWrapper, "execute", "sql"),
        (CursorWrapper, "executemany", "sql"),
        (RedisStore, "run", "redis"),
        (PasswordPool, "submit", "hash"),
    ):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name), kind))
    monkeypatch.setattr(RedisStore, "run_all", counted_once(RedisStore.run_all))


def counted(original: Callable[..., Any], kind: str) -> Callable[..., Any]:
    def call(self: Any, first: Any, *args: Any) -> Any:
        counts = _counts.get()
        if counts is not None and not str(first).startswith(("SAVEPOINT", "RELEASE", "BEGIN")):
            counts[kind] += 1
        return original(self, first, *args)

    return call


def counted_once(original: Callable[..., Any]) -> Callable[..., Any]:
    """What leaves together is one round trip."""

    async def call(self: RedisStore, calls: Any) -> Any:
        if (counts := _counts.get()) is None or not calls:
            return await original(self, calls)
        counts["redis"] += 1
        token = _counts.set(None)
        try:
            return await original(self, calls)
        finally:
            _counts.reset(token)

    return call


@dataclass
class Scene:
    """An account with two sessions; the client sends the newest access token that it was given."""

    client: httpx.AsyncClient
    runtime: Runtime
    account: dict[str, Any] = field(default_factory=registration)
    other: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, Any] = field(default_factory=dict)
    ticket: str = ""
    letters: dict[str, str] = field(default_factory=dict)

    async def begin(self) -> None:
        await self.register(self.account)
        self.other = (await self.get("sessions")).json()["sessions"][0]
        self.tokens = (await self.log_in()).json()
        await self.get("me")

    async def send(self, method: str, path: str, **rest: Any) -> httpx.Response:
        answer = await self.client.request(method, f"/api/{path}", **rest)
        assert answer.status_code < 500, answer.text
        if "access_token" in answer.text:
            self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    async def get(self, path: str) -> httpx.Response:
        return await self.send("GET", f"auth/{path}")

    async def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        return await self.send("POST", f"auth/{path}", json=body)

    async def register(self, body: dict[str, Any]) -> httpx.Response:
        return await self.post("register", body)

    async def log_in(self, password: str = PASSWORD) -> httpx.Response:
        return await self.post("login", {"username": self.account["username"], "password": password})

    async def refresh(self) -> httpx.Response:
        return await self.post("refresh", {"refresh_token": self.tokens["refresh_token"]})

    async def change_password(self) -> httpx.Response:
        body = {"old_password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
        return await self.post("change-password", body)

    async def get_letters(self) -> None:
        """The tokens that messages would bring."""
        user = await User.objects.aget(username=self.account["username"])
        self.letters = {
            "password-reset": self.runtime.reset_tokens.issue(user),
            "verify-email": self.runtime.verification_tokens.issue(user),
        }

    async def confirm(self, flow: str) -> httpx.Response:
        body = {"token": self.letters[flow], "new_password": NEW, "new_password_confirm": NEW}
        answer = await self.post(f"{flow}/confirm", body)
        assert answer.status_code == 200, answer.text
        return answer

    async def become_staff(self) -> None:
        await sync_to_async(User.objects.filter(username=self.account["username"]).update)(is_staff=True)
        await self.runtime.revocations.catch_up()
        await self.get("me")

    async def become_service(self) -> None:
        name = self.account["username"]
        await ServiceClient.objects.acreate(client_id=name, secret_hash=hash_secret("secret"))
        await self.runtime.service_clients.read()

    async def get_ticket(self) -> None:
        await self.become_service()
        self.ticket = (await self.post("ws-ticket")).json()["ticket"]

    async def redeem(self) -> httpx.Response:
        service = (self.account["username"], "secret")
        answer = await self.send("POST", "oauth/ws-ticket/redeem", data={"ticket": self.ticket}, auth=service)
        assert answer.status_code == 200, answer.text
        return answer

    async def ask(self, path: str, kind: str) -> httpx.Response:
        service = (self.account["username"], "secret")
        answer = await self.send("POST", f"oauth/{path}", data={"token": self.tokens[kind]}, auth=service)
        assert answer.status_code == 200, answer.text
        return answer


@pytest_asyncio.fixture
async def scene(settings: Any) -> AsyncIterator[Scene]:
    """On an application of its own, on which every limit is on."""
    settings.AUTH = replace(settings.AUTH, policies=Policies.of(dict.fromkeys(LIMITS, Quota(1000, 60))))
    application = Application()
    async with application.running() as runtime, client_of(application) as client:
        scene = Scene(client, runtime)
        await scene.begin()
        yield scene


Step = Callable[[Scene], Awaitable[Any]]

BEFORE: dict[str, Step] = {
    "GET /api/auth/me, session not cached": Scene.log_in,
    "GET /api/auth/me, session ended at this worker": lambda scene: scene.post("logout"),
    "POST /api/auth/refresh, retried": Scene.refresh,
    "GET /api/auth/admin-only": Scene.become_staff,
    "POST /api/auth/password-reset/confirm": Scene.get_letters,
    "POST /api/auth/verify-email/confirm": Scene.get_letters,
    "POST /api/oauth/introspect, access token": Scene.become_service,
    "POST /api/oauth/introspect, refresh token": Scene.become_service,
    "POST /api/oauth/ws-ticket/redeem": Scene.get_ticket,
    "POST /api/oauth/revoke": Scene.become_service,
}
CALLS: dict[str, Step] = {
    "GET /api/auth/me, session cached": lambda scene: scene.get("me"),
    "GET /api/auth/me, session not cached": lambda scene: scene.get("me"),
    "GET /api/auth/me, session ended at this worker": lambda scene: scene.get("me"),
    "GET /api/auth/verify": lambda scene: scene.get("verify"),
    "POST /api/auth/register": lambda scene: scene.register(registration()),
    "POST /api/auth/login": Scene.log_in,
    "POST /api/auth/login, refused": lambda scene: scene.log_in("wrong"),
    "POST /api/auth/refresh": Scene.refresh,
    "POST /api/auth/refresh, retried": Scene.refresh,
    "POST /api/auth/logout": lambda scene: scene.post("logout"),
    "POST /api/auth/change-password": Scene.change_password,
    "POST /api/auth/password-reset": lambda scene: scene.post("password-reset", {"email": scene.account["email"]}),
    "POST /api/auth/password-reset/confirm": lambda scene: scene.confirm("password-reset"),
    "POST /api/auth/verify-email": lambda scene: scene.post("verify-email"),
    "POST /api/auth/verify-email/confirm": lambda scene: scene.confirm("verify-email"),
    "POST /api/auth/ws-ticket": lambda scene: scene.post("ws-ticket"),
    "GET /api/auth/admin-only": lambda scene: scene.get("admin-only"),
    "GET /api/auth/sessions": lambda scene: scene.get("sessions"),
    "DELETE /api/auth/sessions": lambda scene: scene.send("DELETE", "auth/sessions"),
    "DELETE /api/auth/sessions/{sid}": lambda scene: scene.send("DELETE", f"auth/sessions/{scene.other['sid']}"),
    "GET /api/auth/login-history": lambda scene: scene.get("login-history"),
    "GET /api/auth/security-events": lambda scene: scene.get("security-events"),
    "POST /api/oauth/introspect, access token": lambda scene: scene.ask("introspect", "access_token"),
    "POST /api/oauth/introspect, refresh token": lambda scene: scene.ask("introspect", "refresh_token"),
    "POST /api/oauth/ws-ticket/redeem": Scene.redeem,
    "POST /api/oauth/revoke": lambda scene: scene.ask("revoke", "access_token"),
}


ENDLESS = {"GET /api/oauth/revocations"}
"""Its answer has no end before which to count."""


def test_the_cost_of_every_call_is_documented() -> None:
    paths = {f"{verb.upper()} {path}" for path, item in schema().items() for verb in item if is_ours(item[verb])}

    assert COSTS.keys() >= CALLS.keys()
    assert {call.partition(",")[0] for call in COSTS} == paths - ENDLESS


def schema() -> dict[str, Any]:
    return dict(api.get_openapi_schema()["paths"])


def call_of(call: str) -> Step:
    """As CALLS says. A route that takes neither a body nor parameters needs no line there."""
    if call in CALLS:
        return CALLS[call]
    method, path = call.split(" ", 1)
    operation = schema()[path][method.lower()]
    assert "requestBody" not in operation, f"CALLS must say how to make {call}"
    assert not operation["parameters"], f"CALLS must say how to make {call}"
    return lambda scene: scene.send(method, path.removeprefix("/api/"))


@pytest.mark.parametrize("call", COSTS)
async def test_a_call_costs_what_is_documented(call: str, scene: Scene) -> None:
    if call in BEFORE:
        await BEFORE[call](scene)

    for _ in range(3 if call.startswith("GET ") else 1):  # a log that a busy machine did not read is asked about in SQL
        token = _counts.set(counts := Counter[str]())
        answer = await call_of(call)(scene)
        _counts.reset(token)
        if (counts["sql"], counts["redis"], counts["hash"]) == COSTS[call]:
            break

    assert (counts["sql"], counts["redis"], counts["hash"]) == COSTS[call], answer.text
