"""Clients that leave before their answer: they free what they held, and nobody gets what was meant for them."""

import asyncio
import json
import random

import pytest

from tests.conftest import PASSWORD, client_of, eventually, registration, serving
from tests.integration.calls import me, try_login
from tests.integration.hashing import hashing_held_up, waiting_for_a_hash


class Visit:
    """One request to the application; the client can leave while it runs, as a server reports it."""

    def __init__(self, application, method, path, *, body=None, headers=()):
        self._body: bytes | None = json.dumps(body).encode() if body else b""
        self._left = asyncio.Event()
        fields = [(b"host", b"testserver"), (b"content-type", b"application/json"), *headers]
        fields += [(b"content-length", str(len(self._body)).encode())] if self._body else []
        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "headers": fields}
        scope |= {"query_string": b"", "client": ("127.0.0.1", 1), "http_version": "1.1", "root_path": ""}
        self.task = asyncio.create_task(application(scope, self._receive, self._send))

    async def leave(self):
        self._left.set()
        await self.task

    async def _receive(self):
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        """Nobody reads it."""


@pytest.fixture
async def served(settings):
    """An application with one hashing thread, room for 20, its client, and an account."""
    changes = {"hash_threads": 1, "hash_queue": 20}
    async with serving(settings, **changes) as application, client_of(application) as client:
        body = (await client.post("/api/auth/register", json=registration())).json()
        yield application, client, body


async def ten_leave_while_hashing(application, name):
    body = {"username": name, "password": PASSWORD}
    async with hashing_held_up(application):
        visits = [Visit(application, "POST", "/api/auth/login", body=body) for _ in range(10)]
        await waiting_for_a_hash(application, 10)
        for visit in visits:
            await visit.leave()


async def test_those_who_leave_while_hashing_free_their_places(served):
    application, client, body = served
    for _ in range(3):
        await ten_leave_while_hashing(application, body["user"]["username"])

    async def is_empty():
        return application.runtime.passwords.waiting == 0

    await eventually(is_empty)
    assert (await try_login(client, body["user"]["username"])).status_code == 200


async def test_those_who_leave_take_no_database_thread_along(served):
    application, client, body = served
    for _ in range(3):
        await ten_leave_while_hashing(application, body["user"]["username"])

    answers = await asyncio.gather(*(try_login(client, body["user"]["username"]) for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}


async def test_nobody_gets_an_answer_that_was_meant_for_another(application, client, account):
    """CVE-2023-28859: a cancelled command left its reply on the connection for the next caller."""
    accounts = [await account() for _ in range(5)]
    chance = random.Random(7)

    async def leave_at_once(ann):
        header = (b"authorization", f"Bearer {ann.access_token}".encode())
        visit = Visit(application, "GET", "/api/auth/me", headers=[header])
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        await visit.leave()

    async def stay(ann):
        return (await me(client, ann.access_token)).json()["id"] == ann.user.pk

    for _ in range(40):
        leaving, staying = chance.choices(accounts, k=5), chance.choices(accounts, k=5)
        results = await asyncio.gather(*map(leave_at_once, leaving), *map(stay, staying))
        assert results[5:] == [True] * 5
