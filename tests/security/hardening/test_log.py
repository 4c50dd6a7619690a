"""The log of a server that was attacked: no secret, no forged line, no traceback."""

import json

import pytest
import pytest_asyncio

from tests.conftest import bearer
from tests.e2e.wire.production import start
from tests.integration.calls import change_password, logout, me, refresh

SECRET_PASSWORD = "the-password-nobody-may-read"
FORGED = '{"event": "forged_by_the_caller", "level": "info"}'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def logged(stack):
    """The lines that the server wrote about a visit, and the secrets that were part of it."""
    mark = stack.mark()
    async with stack.client() as client:
        body = stack.registration(password=SECRET_PASSWORD, password_confirm=SECRET_PASSWORD)
        first = (await client.post("/api/auth/register", json=body)).json()
        second = (await refresh(client, first["refresh_token"])).json()
        await client.post("/api/auth/login", json={"username": body["username"], "password": SECRET_PASSWORD})
        await client.post("/api/auth/login", json={"username": body["username"], "password": SECRET_PASSWORD + "x"})
        await client.post("/api/auth/login", json={"username": SECRET_PASSWORD, "password": "x"})
        await client.post("/api/auth/login", content=b'{"password": "' + SECRET_PASSWORD.encode())
        await client.get(f"/api/auth/me?token={second['access_token']}")
        await client.get(f"/api/auth/{second['access_token']}")
        await client.get(f"/api/%0d%0a{FORGED}")
        await client.get("/api/auth/me", headers={"User-Agent": FORGED, "Authorization": FORGED})
        await client.post("/api/auth/login", content=f"\n{FORGED}\n", headers={"Content-Type": FORGED.replace('"', "")})
        await client.get(
            "/api/auth/me", headers=bearer(second["access_token"]) | {"X-Request-Id": "forged-by-the-caller"}
        )
        changed = (await change_password(client, second["access_token"], old=SECRET_PASSWORD)).json()
        await me(client, changed["access_token"] + "=")
        await logout(client, changed["access_token"])
    pairs = [first, second, changed]
    secrets = [SECRET_PASSWORD] + [pair[kind] for pair in pairs for kind in ("access_token", "refresh_token")]
    return await stack.log_since(mark), secrets, stack.answered[mark[1] :]


async def test_what_django_refuses_is_no_defect_and_puts_no_text_of_the_caller_into_the_log(stack):
    mark = stack.mark()
    async with stack.client() as client:
        await client.get("/admin/login/?text-of-the-caller" + "&a" * 2000)
        await client.post(
            "/admin/login/", data={"text-of-the-caller": "b"}, headers={"Origin": "http://text-of-the-caller"}
        )
    entries = [json.loads(line) for line in await stack.log_since(mark)]

    refused = [entry for entry in entries if entry["event"] == "request_refused"]
    assert {entry["by"] for entry in refused} == {"django.security.TooManyFieldsSent", "django.security.csrf"}
    assert {entry["level"] for entry in entries} <= {"info", "warning"}
    assert "text-of-the-caller" not in str(entries)


def test_every_call_has_its_line(logged):
    lines, _, answers = logged
    entries = [json.loads(line) for line in lines]
    # The lines of calls before, over raw sockets, may come late.
    requests = [entry for entry in entries if entry["event"] == "request" and entry["request_id"] in answers]

    assert sorted(entry["request_id"] for entry in requests) == sorted(answers)
    assert len(answers) == 15
    assert {entry["route"] for entry in requests if entry["status"] == 404} == {"unmatched"}


@pytest.mark.parametrize("route", ["register", "login", "refresh", "me", "change-password", "logout"])
def test_a_call_that_succeeds_is_logged_with_its_user(logged, route):
    lines, _, answers = logged
    entries = [entry for entry in map(json.loads, lines) if entry.get("request_id") in answers]
    [user] = {entry["user_id"] for entry in entries if entry["event"] == "request" and entry["status"] == 201}

    done = [entry for entry in entries if entry.get("route") == f"api/auth/{route}" and entry["status"] < 300]
    assert {entry["user_id"] for entry in done} == {user}
    assert user is not None


def test_every_line_is_one_object_of_ours(logged):
    lines, _, _ = logged

    for line in lines:
        assert json.loads(line).keys() >= {"event", "level", "timestamp"}


def test_no_password_and_no_token_is_in_it(logged):
    lines, secrets, _ = logged
    text = "\n".join(lines)

    for secret in secrets:
        assert secret not in text
        assert secret.split(".")[-1] not in text  # nor the signature alone


def test_the_caller_writes_nothing_into_it(logged):
    text = "\n".join(logged[0])

    assert "forged" not in text
    assert "Traceback" not in text


def test_a_new_database_has_no_account(services, tmp_path):
    store = {"DATABASE_URL": f"sqlite:///{tmp_path}/fresh.sqlite3", "REDIS_URL": "redis://127.0.0.1:1/0"}
    assert start("manage.py", "migrate", "--verbosity=0", **store).returncode == 0

    run = start(
        "manage.py",
        "shell",
        "--no-imports",
        "-c",
        "from auth.models import User; print(User.objects.count())",
        **store,
    )

    assert run.stdout.strip() == "0"
