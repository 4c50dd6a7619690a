"""Requests take turns on a thread and its connections: none finds what another left behind."""

import asyncio
import threading

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.db import DatabaseError, connection, transaction

from app.django_handler.threads import DatabaseThreads
from auth.models import User

ON_POSTGRES = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no server")


@pytest.fixture
def threads():
    """One thread, so that requests do take turns on it."""
    threads = DatabaseThreads(1, limit=100)
    yield threads
    threads.close()


async def request(threads, *calls):
    """The results of the calls that one request makes."""
    async with ThreadSensitiveContext(executor=threads.lease()):
        return [await sync_to_async(call)() for call in calls]


def query():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()[0]


def state():
    return connection.in_atomic_block, connection.get_autocommit()


def session():
    """What stays the same as long as the connection does."""
    query()
    return id(connection.connection)


def enter_transaction():
    transaction.atomic().__enter__()
    User.objects.filter(pk=-1).update(first_name="left behind")


def fail_in_transaction():
    with transaction.atomic():
        query()
        raise ZeroDivisionError


def bad_sql():
    with connection.cursor() as cursor:
        cursor.execute("SELECT nonsense")


def cut_off():
    """What a restart of the server does to a connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_requests_share_one_connection(threads):
    assert await request(threads, session) == await request(threads, session)


@pytest.mark.parametrize(
    "leave", [enter_transaction, lambda: connection.set_autocommit(False)], ids=["block", "manual"]
)
async def test_a_transaction_that_is_left_open_is_rolled_back_and_reported(threads, leave):
    with pytest.raises(RuntimeError, match="begin and end within one call"):
        await request(threads, leave)

    assert await request(threads, query, state) == [1, (False, True)]


async def test_a_transaction_cannot_span_two_calls(threads):
    """Its second half would run outside, among other requests' calls: it must not run at all."""
    block = transaction.atomic()
    with pytest.raises(RuntimeError, match="begin and end within one call"):
        await request(threads, block.__enter__, lambda: pytest.fail("it went on"))


@pytest.mark.parametrize(("call", "error"), [(fail_in_transaction, ZeroDivisionError), (bad_sql, DatabaseError)])
async def test_a_call_that_fails_leaves_a_usable_connection(threads, call, error):
    with pytest.raises(error):
        await request(threads, call)

    assert await request(threads, query, state) == [1, (False, True)]


async def test_a_request_stays_on_its_thread_after_an_error(threads):
    async with ThreadSensitiveContext(executor=threads.lease()):
        before = await sync_to_async(threading.get_ident)()
        with pytest.raises(ZeroDivisionError):
            await sync_to_async(fail_in_transaction)()
        assert await sync_to_async(threading.get_ident)() == before


@ON_POSTGRES
async def test_after_a_restart_of_the_database_one_request_fails_and_the_next_works(threads):
    with pytest.raises(DatabaseError):
        await request(threads, cut_off)

    assert await request(threads, query) == [1]


@ON_POSTGRES
async def test_a_connection_that_was_cut_off_at_rest_is_replaced_unnoticed(threads, monkeypatch):
    [pid] = await request(threads, lambda: connection.connection.info.backend_pid if query() else None)
    await sync_to_async(_terminate)(pid)
    monkeypatch.setattr("app.django_handler.threads.IDLE_SECONDS", -1.0)

    assert await request(threads, query) == [1]


async def test_a_transaction_whose_caller_went_away_is_completed(threads):
    """A thread cannot be stopped: what has begun ends, and the next call finds nothing of it."""
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            begun.set()
            go_on.wait(5)

    task = asyncio.create_task(request(threads, slow))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    go_on.set()
    await asyncio.gather(task, return_exceptions=True)

    assert await request(threads, state) == [(False, True)]


async def test_a_sync_view_may_call_async_code_that_uses_the_orm(threads):
    async def nested():
        return await sync_to_async(threading.get_ident)()

    here, there = (await request(threads, lambda: (threading.get_ident(), async_to_sync(nested)())))[0]

    assert here == there


async def test_a_task_that_outlives_its_request_is_refused_the_thread(threads):
    ended = asyncio.Event()

    async def straggler():
        await ended.wait()
        return await sync_to_async(query)()

    async with ThreadSensitiveContext(executor=threads.lease()):
        task = asyncio.create_task(straggler())
    ended.set()

    with pytest.raises(RuntimeError, match="has exited"):
        await task


async def test_what_waits_is_counted_right_under_load(threads):
    await asyncio.gather(*(request(threads, query, query) for _ in range(40)))

    assert threads.waiting == 0


def _terminate(pid):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
