"""A failover loses the newest commits, and two hosts come back to the database at different times.

Host X sleeps through all of it: when it looks again, the log has grown past the place that it had read.
"""

import os
import signal
from contextlib import AsyncExitStack, contextmanager

import jwt
import pytest

from authgate_verifier import InvalidToken, Unavailable, Verifier
from tests.conftest import bearer, eventually
from tests.e2e.wire import stack as stacks
from tests.e2e.wire.server import Server
from tests.e2e.wire.stack import SERVICE

pytestmark = pytest.mark.long

LOST, REFILLED = 5, 12
ISSUER = "https://auth.example.org"
_POSITION = "from auth.models import RevocationHead; print(RevocationHead.objects.get().position)"

# What a replica that lagged has: none of the newest endings, and the log as it was before them.
_SET_BACK = """
from django.db import connection, transaction
sids, jtis, position = {sids!r}, {jtis!r}, {position!r}
one = ", ".join(["%s"] * len(sids))
with transaction.atomic(), connection.cursor() as cursor:
    cursor.execute(f"UPDATE sessions SET revoked_at = NULL WHERE REPLACE(CAST(id AS TEXT), '-', '') IN ({{one}})", sids)
    cursor.execute(f"DELETE FROM blacklisted_tokens WHERE jti IN ({{one}})", jtis)
    cursor.execute("DELETE FROM revocations WHERE position > %s OR position IS NULL", [position])
    cursor.execute("UPDATE revocation_head SET position = %s", [position])
"""


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def hosts(request, services, tmp_path_factory):
    """The stack with its first host, and the second one, X."""
    if request.param == "postgres" and services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    async with (
        stacks.running(request.param, services, tmp_path_factory.mktemp("hosts"), JWT_ISSUER=ISSUER) as stack,
        Server(env=stack.env) as other,
    ):
        yield stack, other


@contextmanager
def asleep(server):
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def verifier_at(url, stack):
    return Verifier(url, client_id=SERVICE.client_id, client_secret=SERVICE.secret, issuer=ISSUER)


def me(client, body):
    return client.get("/api/auth/me", headers=bearer(body["access_token"]))


async def log_out(client, body):
    answer = await client.post("/api/auth/logout", headers=bearer(body["access_token"]))
    assert answer.status_code == 200, answer.text


def outcome(verifier, body):
    try:
        return verifier.verify(body["access_token"]).subject
    except (InvalidToken, Unavailable) as error:
        return type(error).__name__


async def refused_by(verifier, bodies):
    async def are_refused():
        return {outcome(verifier, body) for body in bodies} == {"RevokedToken"}

    await eventually(are_refused)


async def test_endings_outlive_a_failover_that_lost_them_on_every_host_and_in_every_verifier(hosts):
    stack, other = hosts
    async with AsyncExitStack() as exits:
        here = await exits.enter_async_context(stack.client())
        there = await exits.enter_async_context(stack.client())
        there.base_url = other.url
        verifier = await exits.enter_async_context(verifier_at(other.url, stack))
        lost = [await stack.register(here) for _ in range(LOST)]
        refilled = [await stack.register(here) for _ in range(REFILLED)]
        kept = await stack.register(here)
        for body in refilled:
            assert (await me(there, body)).status_code == 200
        before = int(await stack.shell(_POSITION))
        for body in lost:
            await log_out(here, body)
        await refused_by(verifier, lost)  # so X has read them too

        with asleep(other):
            claims = [jwt.decode(body["access_token"], options={"verify_signature": False}) for body in lost]
            sids = [claim["sid"].replace("-", "") for claim in claims]
            await stack.shell(_SET_BACK.format(sids=sids, jtis=[claim["jti"] for claim in claims], position=before))
            for body in refilled:
                await log_out(here, body)
            stack.kill_valkey()  # and Redis knows nothing of it either
            stack.start_valkey()

        await refused_by(verifier, refilled)
        fresh = await exits.enter_async_context(verifier_at(other.url, stack))
        await refused_by(fresh, lost + refilled)
        assert outcome(verifier, kept) == outcome(fresh, kept) == str(kept["user"]["id"])
        for client in (here, there):
            for body in lost + refilled:
                assert (await me(client, body)).status_code == 401
                again = await client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})
                assert again.status_code == 401
        assert (await me(there, kept)).status_code == 200
