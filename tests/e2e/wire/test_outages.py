"""A store that is gone: 503 with Retry-After, never a false 401 or 200, and all is well when it is back."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing, contextmanager

import pytest
from psycopg import connect, sql

from tests.conftest import bearer, eventually
from tests.e2e.wire.stack import PASSWORD

pytestmark = pytest.mark.long


@asynccontextmanager
async def signed_in(stack):
    """The stack, a client, and an account whose session is cached."""
    async with stack.client() as client:
        body = await stack.register(client)
        assert await me(client, body) == 200
        yield stack, client, body


@pytest.fixture
async def session(stack):
    async with signed_in(stack) as found:
        yield found


async def me(client, body):
    return (await client.get("/api/auth/me", headers=bearer(body["access_token"]))).status_code


async def login(client, body):
    credentials = {"username": body["user"]["username"], "password": PASSWORD}
    return await client.post("/api/auth/login", json=credentials)


async def refresh(client, body):
    return await client.post("/api/auth/refresh", json={"refresh_token": body["refresh_token"]})


async def logout(client, body):
    return await client.post("/api/auth/logout", headers=bearer(body["access_token"]))


async def all_write(client, body):
    """Each connection that took no writes is left at the first one that it refuses."""
    return {answer.status_code for answer in await asyncio.gather(*(refresh(client, body) for _ in range(16)))} == {200}


async def is_served(client, path, body):
    return (await client.get(path, headers=bearer(body["access_token"]))).status_code == 200


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert answer.json()["error"] == "service_unavailable"
    assert int(answer.headers["retry-after"]) >= 1


async def assert_all_is_well(stack, client, body):
    """Served again, on every connection that a worker keeps: each may find only when it is used that it was cut."""
    await stack.until_ready()

    async def is_served():
        calls = [client.get("/api/auth/sessions", headers=bearer(body["access_token"])) for _ in range(40)]
        return {answer.status_code for answer in await asyncio.gather(*calls)} == {200}

    await eventually(is_served)
    assert (await refresh(client, body)).status_code == 200
    assert (await login(client, body)).status_code == 200


async def test_with_redis_killed_a_good_token_is_served_by_the_database(session):
    stack, client, body = session
    stack.kill_valkey()
    try:
        answers = [await client.get("/api/auth/me", headers=bearer(body["access_token"])) for _ in range(20)]
        ready = await client.get("/health/ready")
        live = await client.get("/health/live")
    finally:
        stack.start_valkey()

    assert {answer.status_code for answer in answers} == {200}
    assert_unavailable(ready)
    assert ready.json()["details"]["redis"] == "unavailable"
    assert live.status_code == 200
    await assert_all_is_well(stack, client, body)


async def test_with_redis_killed_a_logout_that_was_answered_holds(session):
    """The database has it, whatever Redis missed."""
    stack, client, body = session
    other = (await login(client, body)).json()
    await client.post("/api/auth/logout", headers=bearer(body["access_token"]))
    stack.kill_valkey()
    stack.start_valkey()
    await stack.until_ready()

    assert await me(client, other) == 200
    for _ in range(20):
        assert await me(client, body) == 401


@contextmanager
def altered(stack, services, *, to, back):
    """Inside, Postgres' database is altered so, and the connections that it had are cut."""
    alter = sql.SQL("ALTER DATABASE {} ").format(sql.Identifier(stack.database))
    with connect(services.postgres.url(), autocommit=True) as admin:
        admin.execute(alter + sql.SQL(to))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [stack.database])
        try:
            yield
        finally:
            admin.execute(alter + sql.SQL(back))


def postgres_gone(stack, services):
    """Inside, the database takes no connection, and those it had are cut."""
    return altered(stack, services, to="WITH ALLOW_CONNECTIONS false", back="WITH ALLOW_CONNECTIONS true")


def postgres_read_only(stack, services):
    """Inside, new connections take no writes, and those it had are cut; what was connected inside stays so."""
    setting = "default_transaction_read_only"
    return altered(stack, services, to=f"SET {setting} = on", back=f"RESET {setting}")


@contextmanager
def sqlite_locked(stack):
    """Inside, another process has the only right to write, and does not give it back."""
    with closing(sqlite3.connect(stack.data_dir / "authgate.sqlite3", autocommit=True)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")


@pytest.fixture
async def on_postgres(stack_of):
    async with signed_in(await stack_of("postgres")) as found:
        yield found


@pytest.fixture
async def on_sqlite(stack_of):
    async with signed_in(await stack_of("sqlite")) as found:
        yield found


async def test_with_postgres_gone_what_needs_it_gets_503(on_postgres, services):
    stack, client, body = on_postgres
    with postgres_gone(stack, services):
        answers = [await login(client, body), await refresh(client, body), await client.get("/health/ready")]

    for answer in answers:
        assert_unavailable(answer)
    assert answers[-1].json()["details"]["database"] == "unavailable"
    await assert_all_is_well(stack, client, body)


async def test_with_postgres_gone_no_token_is_refused_for_it(on_postgres, services):
    """A client throws its tokens away at a 401."""
    stack, client, body = on_postgres
    fresh = (await login(client, body)).json()
    with postgres_gone(stack, services):
        found = {await me(client, tokens) for tokens in (body, fresh) for _ in range(20)}

    assert found <= {200, 503}
    await assert_all_is_well(stack, client, body)


async def test_with_postgres_gone_a_logout_is_not_claimed(on_postgres, services):
    stack, client, body = on_postgres
    with postgres_gone(stack, services):
        answer = await client.post("/api/auth/logout", headers=bearer(body["access_token"]))

    assert_unavailable(answer)
    await assert_all_is_well(stack, client, body)


async def test_with_postgres_read_only_what_writes_gets_503_and_what_reads_goes_on(on_postgres, services):
    stack, client, body = on_postgres
    with postgres_read_only(stack, services):
        await eventually(lambda: is_served(client, "/api/auth/sessions", body))
        reading = {await me(client, body) for _ in range(20)}
        writing = [await login(client, body), await refresh(client, body), await logout(client, body)]
        ready = await client.get("/health/ready")

    assert reading == {200}
    for answer in (*writing, ready):
        assert_unavailable(answer)
    assert ready.json()["details"]["database"] == "read-only"
    await eventually(lambda: all_write(client, body))
    await assert_all_is_well(stack, client, body)


async def test_with_sqlite_locked_what_writes_gets_503_and_what_reads_goes_on(on_sqlite):
    stack, client, body = on_sqlite
    with sqlite_locked(stack):
        writing = asyncio.create_task(client.post("/api/auth/logout", headers=bearer(body["access_token"])))
        reading = {await me(client, body) for _ in range(20)}
        written = await writing

    assert reading == {200}
    assert_unavailable(written)
    await assert_all_is_well(stack, client, body)
