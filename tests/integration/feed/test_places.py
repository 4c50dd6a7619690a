"""Where a reader begins: behind its cursor, or with everything that can still matter."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db.models import F

from auth.errors import ServiceUnavailable
from auth.maintenance.cleanup import log_retention
from auth.models import Revocation
from auth.oauth import feed
from auth.revocation.feed import ring
from auth.revocation.feed.events import Cursor
from auth.revocation.feed.readers import FeedReaders
from tests.integration.feed.reading import PATH, head, snapshot
from tests.unit.auth.revocation.revocations import new_user


@sync_to_async
def write(count=1, *, age=timedelta(0)):
    """Entries of a user of their own; the user."""
    user = new_user()
    Revocation.objects.bulk_create(Revocation(user_id=user, sid=f"s{n}", reason="test") for n in range(count))
    Revocation.objects.filter(user_id=user).update(created_at=F("created_at") - age)
    return user


def of(user, events):
    return [event.data["sid"] for event in events if event.data.get("sub") == str(user)]


async def last_cursor(runtime, user):
    return [event.id for event in await snapshot(runtime) if event.data.get("sub") == str(user)][-1]


async def test_without_a_cursor_there_is_a_snapshot_first(runtime):
    user = await write(3)
    events = await snapshot(runtime)

    assert (events[0].name, events[0].data, events[0].id) == ("snapshot", {}, "")
    assert of(user, events) == ["s0", "s1", "s2"]
    assert events[-1].id == events[-2].id
    positions = [int(event.id.split("-")[0]) for event in events[1:]]
    assert positions == sorted(positions)


async def test_a_cursor_is_gone_on_from(runtime):
    before = await head(runtime)
    user = await write(2)

    events = await snapshot(runtime, since=before)

    assert [event.name for event in events] == ["revocation", "revocation", "heartbeat"]
    assert of(user, events) == ["s0", "s1"]


async def test_at_the_head_nothing_is_told_again(runtime):
    await write()

    assert [event.name for event in await snapshot(runtime, since=await head(runtime))] == ["heartbeat"]


def another_position(position, number, moment):
    return f"{position + 1_000_000}-{number}-{moment}"


def another_id(position, number, moment):
    return f"{position}-{number + 1}-{moment}"


def another_time(position, number, moment):
    """After a restore, another entry may have got both numbers."""
    return f"{position}-{number}-{moment + 1000}"


def nonsense(*_):
    return "7"


@pytest.mark.parametrize("change", [another_position, another_id, another_time, nonsense])
async def test_a_cursor_of_no_entry_gets_a_snapshot(runtime, change):
    await write()
    cursor = change(*map(int, (await head(runtime)).split("-")))

    assert (await snapshot(runtime, since=cursor))[0].name == "snapshot"


@pytest.mark.parametrize(("margin", "first"), [(60, "revocation"), (-60, "snapshot")], ids=["kept", "too old"])
async def test_a_cursor_is_good_as_long_as_the_log_is_kept(runtime, settings, margin, first):
    """Later entries may have been deleted before it was."""
    user = await write()
    await write()
    await last_cursor(runtime, user)  # it has a position, and is not the one that workers know the log by
    age = log_retention(settings.AUTH) - timedelta(seconds=margin)
    await Revocation.objects.filter(user_id=user).aupdate(created_at=F("created_at") - age)
    row = await Revocation.objects.aget(user_id=user)

    assert row.position is not None
    cursor = Cursor(row.position, row.pk, row.created_at)
    assert (await snapshot(runtime, since=str(cursor)))[0].name == first


async def test_a_snapshot_leaves_out_what_no_token_outlives(runtime):
    lifetime = runtime.revocations.feed.lifetime
    old, last = await write(), await write()
    await runtime.revocations.catch_up()
    older = Revocation.objects.exclude(user_id=last)  # it stays: by it workers know the log
    await older.aupdate(created_at=F("created_at") - lifetime - timedelta(seconds=1))
    recent = await write(age=lifetime - timedelta(minutes=1))
    events = await snapshot(runtime)

    assert (of(old, events), of(recent, events)) == ([], ["s0"])


async def test_what_has_left_memory_comes_from_the_database(runtime, monkeypatch):
    before = await head(runtime)
    monkeypatch.setattr(ring, "SIZE", 3)
    monkeypatch.setattr(feed, "CHUNK", 4)
    user = await write(11)

    events = await snapshot(runtime, since=before)

    assert runtime.revocations.feed.floor > int(before.split("-")[0])
    assert of(user, events) == [f"s{number}" for number in range(11)]


async def test_a_reader_too_many_is_told_to_come_back(runtime):
    runtime = replace(runtime, feed_readers=FeedReaders(1))
    chunks = await feed.stream(runtime, client_id="reader", last_event_id="", abort=lambda: None)
    await anext(chunks)

    with pytest.raises(ServiceUnavailable):
        await feed.stream(runtime, client_id="reader", last_event_id="", abort=lambda: None)
    await chunks.aclose()
    await (await feed.stream(runtime, client_id="reader", last_event_id="", abort=lambda: None)).aclose()


async def test_a_look_at_the_head_alone_ends_and_takes_no_reader_s_place(application, client, service, monkeypatch):
    monkeypatch.setattr(application, "runtime", replace(application.runtime, feed_readers=FeedReaders(0)))
    answer = await asyncio.wait_for(client.head(PATH, headers=service.basic), 30)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"


async def test_readers_that_arrive_together_do_not_pass_the_limit(runtime):
    runtime = replace(runtime, feed_readers=FeedReaders(3))

    async def read():
        chunks = await feed.stream(runtime, client_id="reader", last_event_id="", abort=lambda: None)
        await anext(chunks)
        return chunks

    readers = await asyncio.gather(*[read() for _ in range(20)], return_exceptions=True)
    admitted = [reader for reader in readers if not isinstance(reader, ServiceUnavailable)]

    assert len(admitted) == 3
    for chunks in admitted:
        assert not isinstance(chunks, BaseException)
        await chunks.aclose()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic bm9ib2R5OnNlY3JldA=="}], ids=["none", "unknown"])
async def test_only_service_clients_may_read(client, headers):
    answer = await client.get(PATH, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
