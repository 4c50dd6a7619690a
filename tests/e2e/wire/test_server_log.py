"""What the server writes to its log while all of this goes on."""

import json

from tests.conftest import bearer
from tests.e2e.wire.stack import PASSWORD


async def test_every_line_is_one_json_object(any_stack):
    start = any_stack.mark()
    async with any_stack.client() as client:
        await any_stack.register(client)

    for line in await any_stack.log_since(start):
        assert json.loads(line).keys() >= {"event", "level", "timestamp"}, line


async def test_no_token_and_no_password_is_written(any_stack):
    start = any_stack.mark()
    async with any_stack.client() as client:
        body = await any_stack.register(client)
        name = body["user"]["username"]
        wrong = "wrong-password-of-the-log-test"
        await client.post("/api/auth/login", json={"username": name, "password": wrong})
        await client.post("/api/auth/login", json={"username": wrong, "password": PASSWORD})
        await client.post("/api/auth/login", json={"username": name, "password": [wrong]})
        await client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})
        await client.get("/api/auth/me", params={"access_token": body["access_token"]}, headers=bearer("junk-token"))
        await client.get(f"/api/auth/{body['access_token']}", headers=bearer(body["access_token"]))
        await client.post("/api/auth/logout", headers=bearer(body["access_token"]))

    text = "\n".join(await any_stack.log_since(start))
    for secret in (PASSWORD, wrong, body["access_token"], body["refresh_token"], "junk-token"):
        assert secret not in text
        assert secret[-16:] not in text


async def test_no_caller_writes_a_line_of_its_own(any_stack):
    start = any_stack.mark()
    forged = '\n{"event":"forged"}\r\n\x1b[2J'
    async with any_stack.client() as client:
        headers = {"User-Agent": '\\n{"event":"forged"}', "X-Request-ID": '"}{"event":"forged"}'}
        await client.get("/api/auth/%0a%7b%22event%22:%22forged%22%7d", headers=headers)
        await client.post("/api/auth/login", json={"username": forged, "password": forged}, headers=headers)
        await client.get("/api/auth/me", params={"x": forged}, headers=headers)

    events = [json.loads(line) for line in await any_stack.log_since(start)]
    assert len(events) == 3
    assert {event["event"] for event in events} == {"request"}
    assert "forged" not in json.dumps(events)


async def test_a_request_is_written_with_all_that_an_operator_needs(any_stack):
    start = any_stack.mark()
    async with any_stack.client() as client:
        body = await any_stack.register(client)
        answer = await client.get("/api/auth/me", headers=bearer(body["access_token"]))

    events = [json.loads(line) for line in await any_stack.log_since(start)]
    [event] = [event for event in events if event["request_id"] == answer.headers["x-request-id"]]
    assert (event["method"], event["route"], event["status"]) == ("GET", "api/auth/me", 200)
    assert (event["user_id"], event["ip"]) == (body["user"]["id"], "127.0.0.1")
    assert 0 < event["duration_ms"] < 10_000


async def test_no_traceback_is_written_for_what_callers_do(any_stack):
    start = any_stack.mark()
    async with any_stack.client() as client:
        await client.post("/api/auth/login", content=b"{", headers={"Content-Type": "application/json"})

    assert "Traceback" not in "\n".join(await any_stack.log_since(start))
