"""A Postgres that keeps its connections and answers nothing: calls are 503 in time, and well when it goes on."""

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import bearer
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import PASSWORD
from tests.services import Postgres

pytestmark = pytest.mark.long

AT_ONCE = 50
GRACE = 2  # seconds, JWT_ROTATION_GRACE_SECONDS


@pytest.fixture(scope="module")
async def stack(services, tmp_path_factory):
    """On a Postgres of its own: what stands still must hold up no other test."""
    if services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    postgres = Postgres.start(services.directory / "stopped-postgres")
    try:
        own = replace(services, postgres=postgres)
        directory = tmp_path_factory.mktemp("stopped")
        async with stacks.running("postgres", own, directory, JWT_ROTATION_GRACE_SECONDS=str(GRACE)) as stack:
            yield stack, postgres
    finally:
        postgres.stop()


@contextmanager
def stopped(postgres):
    """First the one that makes others, then all that it has made."""
    parent = postgres.process.pid
    os.kill(parent, signal.SIGSTOP)
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    for pid in children:
        with suppress(ProcessLookupError):  # some come and go by themselves
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in (*children, parent):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


async def at_once(stack, *calls):
    """Each call AT_ONCE times, together, each kind on new connections; the answers by kind.

    Raises httpx.ReadTimeout: who waits for Postgres waits for ever.
    """
    async with AsyncExitStack() as exits:
        clients = [await exits.enter_async_context(stack.client()) for _ in calls]
        kinds = [(call, client) for call, client in zip(calls, clients, strict=True) for _ in range(AT_ONCE)]
        answers = await asyncio.gather(*(call(client) for call, client in kinds))
    return [answers[start : start + AT_ONCE] for start in range(0, len(answers), AT_ONCE)]


def is_unavailable(answer):
    is_ours = answer.status_code == 503 and answer.json()["error"] == "service_unavailable"
    return is_ours and int(answer.headers["retry-after"]) >= 1


def me(body):
    return lambda client: client.get("/api/auth/me", headers=bearer(body["access_token"]))


def logout(body):
    return lambda client: client.post("/api/auth/logout", headers=bearer(body["access_token"]))


def ready(client):
    return client.get("/health/ready")


def on_the_database(body):
    """What asks it each time."""
    credentials = {"username": body["user"]["username"], "password": PASSWORD}
    return (
        lambda client: client.post("/api/auth/login", json=credentials),
        lambda client: client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]}),
        lambda client: client.get("/api/auth/sessions", headers=bearer(body["access_token"])),
    )


@pytest.fixture
async def scene(stack):
    """Accounts: one that stays, one that leaves meanwhile, one that has left."""
    running, postgres = stack
    async with running.client() as client:
        bodies = [await running.register(client) for _ in range(3)]
        assert [(await me(body)(client)).status_code for body in bodies] == [200] * 3
        assert (await logout(bodies[2])(client)).status_code == 200
    return running, postgres, bodies


async def test_every_call_is_503_in_time_and_none_is_401(scene):
    running, postgres, (ann, bob, _) = scene
    with stopped(postgres):
        kinds = await at_once(running, me(ann), logout(bob), *on_the_database(ann), ready)
        again = await at_once(running, me(ann))

    known, *others = kinds
    assert {answer.status_code for answer in known} <= {200, 503}
    assert all(is_unavailable(answer) for kind in others + again for answer in kind)
    assert kinds[-1][0].json()["details"] == {"database": "unavailable", "redis": "ok", "revocations": "behind"}


async def test_when_it_goes_on_everything_is_served_at_once(scene):
    running, postgres, (ann, _, gone) = scene
    with stopped(postgres):
        await at_once(running, *on_the_database(ann))
        meanwhile = await at_once(running, me(gone))
    served = await at_once(running, me(ann), *on_the_database(ann))
    afterwards = await at_once(running, me(gone))

    assert {answer.status_code for kind in served for answer in kind} <= {200, 503}  # 503: fifty hashes at once
    assert all(200 in {answer.status_code for answer in kind} for kind in served)
    assert {answer.status_code for answer in meanwhile[0] + afterwards[0]} == {401}


async def test_an_outage_after_a_refresh_whose_answer_was_lost_logs_nobody_out(scene):
    """Committed, never received, and no database until the grace is over: the honest retry is no theft."""
    running, postgres, (ann, _, _) = scene
    body = {"refresh_token": ann["refresh_token"]}
    async with running.client() as client:
        lost = await client.post("/api/auth/refresh", json=body)
        over_at = time.monotonic() + GRACE + 1
        with stopped(postgres):
            while time.monotonic() < over_at:
                assert is_unavailable(await client.post("/api/auth/refresh", json=body))
        retry = await client.post("/api/auth/refresh", json=body)
        served = await me(retry.json())(client)

    assert (retry.status_code, retry.headers["authgate-refresh"]) == (200, "retried")
    assert retry.json()["refresh_token"] == lost.json()["refresh_token"]
    assert served.status_code == 200
