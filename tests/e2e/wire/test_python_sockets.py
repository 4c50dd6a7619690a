"""The Python socket kit on a real uvicorn, at real workers: who is let in, and who is closed."""

import asyncio
import logging
import time
from contextlib import asynccontextmanager

import jwt
import pytest

from authgate_verifier import Clocks, Verifier
from authgate_verifier.sockets import SocketKit, deadline
from tests.conftest import bearer, eventually
from tests.e2e.wire.endings import ban, change_password, log_out
from tests.e2e.wire.socket_service import Client, echoing, serving
from tests.e2e.wire.stack import PASSWORD, SERVICE
from tests.e2e.wire.test_python_verifier import OPTIONS
from tests.pace import briefer_than

pytestmark = pytest.mark.long


@pytest.fixture
async def scene(any_stack):
    """The stack, a client, and the address of a service."""
    async with any_stack.client() as client, service(any_stack) as url:
        yield any_stack, client, url


@asynccontextmanager
async def service(stack, *, patience=60, **options):
    async with Verifier(stack.server.url, **OPTIONS, max_staleness=30, **options) as verifier:
        kit = SocketKit(verifier, patience=patience)
        async with serving(echoing(kit)) as url:
            yield url
            await kit.close()


async def ticket(client, body, **wishes):
    answer = await client.post("/api/auth/ws-ticket", json=wishes, headers=bearer(body["access_token"]))
    assert answer.status_code == 200, answer.text
    return answer.json()["ticket"]


async def test_every_way_in_leaves_no_trace_in_address_or_log(scene, caplog):
    caplog.set_level(logging.INFO)
    stack, client, url = scene
    mark = stack.mark()
    body = await stack.register(client)
    token, tickets = body["access_token"], [await ticket(client, body), await ticket(client, body)]
    for message in ({"type": "auth", "token": token}, {"type": "auth", "ticket": tickets[0]}):
        socket = await Client.open(url)
        assert await socket.asks(message) == "auth.ok"
        await socket.leave()
    for protocol in (f"authgate.bearer.{token}", f"authgate.ticket.{tickets[1]}"):
        socket = await Client.open(url, "authgate", protocol)
        assert (await socket.hear())["type"] == "auth.ok"
        assert await socket.is_served()
        await socket.leave()

    async def redeemed():
        """The lines, once those of both redemptions are there: the service asks for these."""
        lines = "\n".join(await stack.log_since(mark))
        return lines if lines.count('"route":"api/oauth/ws-ticket/redeem"') == 2 else ""

    logged = caplog.text + await eventually(redeemed)
    assert '"WebSocket /ws" [accepted]' in logged
    for secret in (token, token.rpartition(".")[2], *tickets):
        assert secret not in logged


async def test_of_fifty_redemptions_at_once_one_succeeds(scene):
    stack, client, url = scene
    one = await ticket(client, await stack.register(client))
    sockets = [await Client.open(url) for _ in range(50)]
    answers = await asyncio.gather(*(socket.asks({"type": "auth", "ticket": one}) for socket in sockets))

    assert sorted(map(str, answers)) == ["4401"] * 49 + ["auth.ok"]


async def test_tickets_that_are_used_foreign_or_of_an_ended_session_are_refused(scene):
    stack, client, url = scene
    body = await stack.register(client)
    used, foreign, ours, late = (
        await ticket(client, body),
        await ticket(client, body, audience="another-service"),
        await ticket(client, body, audience=SERVICE.client_id),
        await ticket(client, body),
    )

    async def answer(text):
        return await (await Client.open(url)).asks({"type": "auth", "ticket": text})

    assert [await answer(used), await answer(used)] == ["auth.ok", 4401]
    assert [await answer(foreign), await answer(ours)] == [4401, "auth.ok"]
    await log_out(stack, client, body)
    assert await answer(late) == 4401


async def test_a_refresh_closes_nothing_and_renews(scene):
    stack, client, url = scene
    body = await stack.register(client)
    socket = await Client.login(url, body)
    new = await client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})

    assert await socket.is_served()
    assert await socket.asks({"type": "auth", "token": new.json()["access_token"]}) == "auth.ok"
    assert await socket.is_served()


async def test_a_renewal_with_the_token_of_another_user_or_session_is_refused(scene):
    stack, client, url = scene
    body, other = await stack.register(client), await stack.register(client)
    again = await log_in(client, body)

    for foreign in (other, again):
        socket = await Client.login(url, body)
        assert await socket.asks({"type": "auth", "token": foreign["access_token"]}) == 4401


@pytest.mark.parametrize("end", [log_out, ban])
async def test_an_ending_closes_its_sockets_within_a_second_and_no_other(scene, end):
    stack, client, url = scene
    body, other = await stack.register(client), await stack.register(client)
    second = await log_in(client, body)
    ended, twin, elsewhere, spared = [await Client.login(url, one) for one in (body, body, second, other)]
    await end(stack, client, body)
    closed = [ended, twin] if end is log_out else [ended, twin, elsewhere]

    async with briefer_than(1.0):
        assert [await socket.ends() for socket in closed] == [4403] * len(closed)
    assert await spared.is_served()
    assert end is ban or await elsewhere.is_served()


async def test_a_new_password_closes_other_sessions_and_older_tokens(scene):
    stack, client, url = scene
    body = await stack.register(client)
    own, elsewhere = await Client.login(url, body), await Client.login(url, await log_in(client, body))
    new = await change_password(stack, client, body)
    kept = await Client.login(url, new)

    assert [await own.ends(), await elsewhere.ends()] == [4403, 4403]
    assert await kept.is_served()


async def test_without_a_renewal_a_socket_lives_as_long_as_its_token(any_stack, monkeypatch):
    """At a service whose clock is so far ahead that the first token has eight seconds left."""
    monkeypatch.setattr(deadline, "RENEW_SHARE", 0.8)  # early: we may stand still for most of the rest
    async with any_stack.client() as client:
        first, second = await tokens_of_one_session(any_stack, client)
        left = expiry(first) - time.time()
        ahead = Clocks(wall=lambda: time.time() + left - 8)
        async with service(any_stack, clocks=ahead) as url:
            renewing, lazy = [await Client.login(url, first) for _ in range(2)]
            assert (await renewing.hear())["type"] == "auth.renew"
            assert await renewing.asks({"type": "auth", "token": second["access_token"]}) == "auth.ok"

            assert await lazy.ends() == 4408
            late = await Client.open(url)
            assert await late.asks({"type": "auth", "token": first["access_token"]}) == 4401
            assert await renewing.is_served()


async def tokens_of_one_session(stack, client):
    """Two, of which the second expires at least 10 seconds later: lives are cut at random."""
    body = await stack.register(client)
    new = body
    while abs(expiry(new) - expiry(body)) < 10:
        answer = await client.post("/api/auth/refresh", json={"refresh_token": new["refresh_token"]})
        new = answer.json()
    return sorted((body, new), key=expiry)


def expiry(body):
    return jwt.decode(body["access_token"], options={"verify_signature": False})["exp"]


async def test_who_floods_or_says_nothing_holds_no_socket(any_stack):
    async with service(any_stack, patience=1) as url:
        silent, flooding, chattering = [await Client.open(url) for _ in range(3)]

        assert await flooding.asks("x" * 10_000_000) in (1009, 4401)  # uvicorn's limit, or the patience, is first
        assert await chattering.asks("x" * 60_000) == 4401
        assert await silent.ends() == 4401


async def log_in(client, body):
    """Another session of the account."""
    name = body["user"]["username"]
    answer = await client.post("/api/auth/login", json={"username": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer.json()
