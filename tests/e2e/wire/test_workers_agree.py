"""What ends at one worker, or in another process, is refused by the other worker within a second."""

import sys

import pytest
import pytest_asyncio

from tests.conftest import bearer
from tests.e2e.wire.stack import PASSWORD
from tests.e2e.wire.workers import one_client_each
from tests.pace import within

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="tells workers apart by /proc"),
]

BOUND = 1.0  # seconds, by the contract
ME, ADMIN = "/api/auth/me", "/api/auth/admin-only"


@pytest_asyncio.fixture
async def workers(stack):
    """The stack, and a client of each worker."""
    async with one_client_each(stack) as clients:
        yield stack, *clients


async def get(client, path, token):
    return (await client.get(path, headers=bearer(token))).status_code


async def assert_refused_soon(client, token, *, path=ME, status=401):
    async def is_refused():
        found = await get(client, path, token)
        assert found in (200, status)
        return found == status

    await within(BOUND, is_refused)


async def login(client, body):
    answer = await client.post("/api/auth/login", json={"username": body["user"]["username"], "password": PASSWORD})
    assert answer.status_code == 200
    return answer.json()


async def test_the_two_clients_are_served_alike(workers):
    stack, one, other = workers
    token = (await stack.register(one))["access_token"]

    assert [await get(client, ME, token) for client in (one, other)] == [200, 200]


async def test_a_logout_at_one_worker_counts_at_the_other(workers):
    stack, one, other = workers
    body = await stack.register(one)
    assert await get(other, ME, body["access_token"]) == 200

    assert (await one.post("/api/auth/logout", headers=bearer(body["access_token"]))).status_code == 200

    await assert_refused_soon(other, body["access_token"])
    assert (await other.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})).status_code == 401


async def test_a_new_password_at_one_worker_ends_the_sessions_at_the_other(workers):
    stack, one, other = workers
    mine = await stack.register(one)
    theirs = await login(other, mine)
    assert await get(other, ME, theirs["access_token"]) == 200
    body = {"old_password": PASSWORD, "new_password": f"new {PASSWORD}", "new_password_confirm": f"new {PASSWORD}"}

    answer = await one.post("/api/auth/change-password", headers=bearer(mine["access_token"]), json=body)

    assert answer.status_code == 200
    await assert_refused_soon(other, theirs["access_token"])
    await assert_refused_soon(other, mine["access_token"])
    assert await get(other, ME, answer.json()["access_token"]) == 200


async def test_a_reused_refresh_token_at_one_worker_ends_the_session_at_the_other(workers):
    stack, one, other = workers
    body = await stack.register(one)
    pair = body
    for client in (one, other):
        pair = (await client.post("/api/auth/refresh", json={"refresh_token": pair["refresh_token"]})).json()
    assert await get(other, ME, pair["access_token"]) == 200

    assert (await one.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})).status_code == 401

    await assert_refused_soon(other, pair["access_token"])


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("u = User.objects.get(pk={}); u.is_active = False; u.save()", id="disabled"),
        pytest.param("User.objects.filter(pk={}).delete()", id="deleted"),
    ],
)
async def test_what_another_process_does_to_an_account_counts_at_every_worker(workers, code):
    stack, *clients = workers
    token_body = await stack.register(clients[0])
    for client in clients:
        assert await get(client, ME, token_body["access_token"]) == 200

    await stack.shell(code.format(token_body["user"]["id"]))

    for client in clients:
        await assert_refused_soon(client, token_body["access_token"])


async def test_a_demotion_in_another_process_counts_at_every_worker(workers):
    stack, *clients = workers
    body = await stack.register(clients[0])
    change = "User.objects.filter(pk={}).update(is_staff={})"
    await stack.shell(change.format(body["user"]["id"], True))

    async def is_promoted():
        return [await get(client, ADMIN, body["access_token"]) for client in clients] == [200, 200]

    await within(BOUND, is_promoted)
    await stack.shell(change.format(body["user"]["id"], False))

    for client in clients:
        await assert_refused_soon(client, body["access_token"], path=ADMIN, status=403)
        assert await get(client, ME, body["access_token"]) == 200
