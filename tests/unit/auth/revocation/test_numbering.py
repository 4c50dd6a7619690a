"""Positions of the revocation log: in the order of commits, whoever gives them, and without a gap."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from auth.models import Revocation, RevocationHead
from auth.revocation import numbering
from auth.revocation.feed.events import Cursor
from auth.revocation.numbering import number_entries
from auth.revocation.queries import after
from tests.conftest import eventually
from tests.unit.auth.revocation.revocations import new_user, skip_an_id


@pytest.fixture
def _on_postgres():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


async def number_all():
    """Also where the application, which other tests leave running in this process, numbers at the same moment."""

    async def is_done():
        await sync_to_async(number_entries)()
        return not await Revocation.objects.filter(position=None).aexists()

    await eventually(is_done)


@pytest.fixture(autouse=True)
async def _numbered():
    """Whatever other tests have left has its position."""
    await number_all()


@sync_to_async
def write(user, count=1, **columns):
    for _ in range(count):
        Revocation.objects.create(user_id=user, reason="test", **columns)


async def positions_of(user):
    """In the order of ids."""
    return [row.position async for row in Revocation.objects.filter(user_id=user).order_by("id")]


async def head():
    return (await RevocationHead.objects.aget()).position


async def test_a_new_entry_has_no_position():
    await write(user := new_user())

    assert await positions_of(user) == [None]


async def test_entries_are_numbered_behind_the_head(monkeypatch):
    monkeypatch.setattr(numbering, "BATCH", 2)
    await number_all()  # what tests before have left
    before = await head()
    await write(user := new_user(), 5)
    await number_all()

    assert await positions_of(user) == [before + place for place in range(1, 6)]
    assert await head() == before + 5


async def test_an_entry_committed_late_comes_after_those_that_were_read(monkeypatch):
    """Its id is lower: in the order of ids it would stand where every reader has passed already."""
    user = new_user()
    early_id = await skip_an_id()
    await write(user)
    await number_all()
    await write(user, id=early_id)
    await number_all()

    late, first = await positions_of(user)
    assert late == first + 1


async def test_numbering_again_changes_nothing():
    await write(user := new_user())
    await number_all()
    before = await positions_of(user), await head()
    await number_all()

    assert (await positions_of(user), await head()) == before


async def test_a_head_that_was_flushed_is_made_again():
    before = await head()
    await RevocationHead.objects.all().adelete()
    await sync_to_async(number_entries)()

    assert await head() == 0
    await RevocationHead.objects.aupdate(position=before)


@pytest.mark.usefixtures("_on_postgres")
async def test_while_one_numbers_another_does_not_wait():
    await write(user := new_user())
    locked, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            list(RevocationHead.objects.select_for_update())
            locked.set()
            done.wait(10)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        locked.wait(10)
        await sync_to_async(number_entries)()  # returns: it would hang until the other is done
        assert await positions_of(user) == [None]
        done.set()
        holding.result()
    await sync_to_async(number_entries)()

    assert await positions_of(user) != [None]


class Race:
    """Writers that commit in another order than their ids were drawn in, two that number, and a reader that follows."""

    WRITERS, ROUNDS = 4, 15

    def __init__(self, last):
        self.user = new_user()
        self.followed = [last.position]
        self._cursor = Cursor(last.position, last.pk, last.created_at)
        self.written: list[tuple[int, float, float]] = []
        self._over = threading.Event()

    def run(self):
        with ThreadPoolExecutor(self.WRITERS + 3) as pool:
            others = [pool.submit(self._until_over, each) for each in (number_entries, number_entries, self._follow)]
            for writing in [pool.submit(self._write, number) for number in range(self.WRITERS)]:
                writing.result()
            for _ in range(3000):
                if len(self.followed) <= self.WRITERS * self.ROUNDS:
                    time.sleep(0.01)
            self._over.set()
            for other in others:
                other.result()

    def _until_over(self, step):
        while not self._over.is_set():
            step()
        connections.close_all()

    def _follow(self):
        for row in after(self._cursor):
            self.followed.append(row.position)
            self._cursor = Cursor.of(row)

    def _write(self, number):
        for _ in range(self.ROUNDS):
            begun = time.monotonic()
            with transaction.atomic():
                row = Revocation.objects.create(user_id=self.user, reason="test")
                self._over.wait(0.002 * number)
            self.written.append((row.pk, begun, time.monotonic()))
        connections.close_all()


@pytest.mark.usefixtures("_on_postgres")
async def test_two_at_once_give_each_position_once_and_in_the_order_of_commits():
    await write(new_user())  # so that there is an entry to go on from
    await number_all()
    race = Race(await Revocation.objects.aget(position=(before := await head())))
    await sync_to_async(race.run, thread_sensitive=False)()

    rows = Revocation.objects.filter(user_id=race.user).order_by("id").values_list("id", "position")
    given = {pk: position or 0 async for pk, position in rows}
    assert race.followed == list(range(before, before + 1 + Race.WRITERS * Race.ROUNDS))
    assert sorted(given.values()) == race.followed[1:]
    assert list(given.values()) != race.followed[1:], "all were committed as their ids were drawn: nothing was tried"
    for pk, _, committed in race.written:
        assert all(given[pk] < given[later] for later, begun, _ in race.written if begun > committed)
