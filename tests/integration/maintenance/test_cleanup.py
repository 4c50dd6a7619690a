"""manage.py cleanup_tokens, and the automatic run."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from redis.asyncio import Redis

from auth.maintenance import cleanup
from auth.maintenance.cleanup import PeriodicCleanup, clean_up
from auth.models import BlacklistedToken, Revocation, SecurityEvent, Session, User, UserLoginHistory
from auth.revocation.numbering import number_entries
from auth.stores import key_names
from tests.conftest import eventually, unique_name
from tests.integration.calls import logout, me

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
async def user():
    return await sync_to_async(User.objects.create_user)(unique_name())


@pytest.fixture
def now():
    return datetime.now(UTC)


@sync_to_async
def command(**options):
    """The lines that the command prints."""
    output = io.StringIO()
    call_command("cleanup_tokens", stdout=output, **options)
    return output.getvalue().splitlines()


def listed(user, expires_at):
    return BlacklistedToken(user=user, jti=uuid4().hex, token_type="access", reason="test", expires_at=expires_at)


def session(user, now, **columns):
    values = {"client_id": "test", "epoch": 0, "created_at": now, "rotated_at": now, "expires_at": now + DAY}
    return Session(user=user, **{**values, **columns})


def history(user, moment):
    return UserLoginHistory(user=user, is_successful=True, login_time=moment)


def event(user, moment):
    return SecurityEvent(user=user, event_type="logout", timestamp=moment)


async def survives(row):
    await row.asave(force_insert=True)
    return await is_left(row)


async def is_left(row):
    await command()
    return await type(row).objects.filter(pk=row.pk).aexists()


async def logged(user, **columns):
    """A new entry of the revocation log, in its place."""
    row = await Revocation.objects.acreate(user_id=user.pk, reason="test", **columns)
    await sync_to_async(number_entries)()
    return row


@pytest.mark.parametrize(("age", "kept"), [(SECOND, False), (-MINUTE, True)])
async def test_an_expired_blacklist_entry_goes(user, now, age, kept):
    assert await survives(listed(user, now - age)) is kept


@pytest.mark.parametrize(
    ("columns", "kept"),
    [
        pytest.param({}, True, id="live"),
        pytest.param({"expires_at": -SECOND}, False, id="expired"),
        pytest.param({"rotated_at": -7 * DAY - 14 * MINUTE}, True, id="an access token may still live"),
        pytest.param({"rotated_at": -7 * DAY - 16 * MINUTE}, False, id="idle"),
        pytest.param({"revoked_at": -DAY + MINUTE}, True, id="ended within a day"),
        pytest.param({"revoked_at": -DAY - MINUTE}, False, id="ended more than a day ago"),
    ],
)
async def test_a_session_goes_when_it_can_no_longer_matter(user, now, columns, kept):
    moments = {name: now + offset for name, offset in columns.items()}

    assert await survives(session(user, now, **moments)) is kept


@pytest.mark.parametrize("make", [history, event])
@pytest.mark.parametrize(("margin", "kept"), [(MINUTE, True), (-MINUTE, False)])
async def test_records_go_when_their_time_is_over(settings, user, now, make, margin, kept):
    assert await survives(make(user, now - settings.AUTH.retention + margin)) is kept


@pytest.mark.parametrize(("margin", "kept"), [(MINUTE, True), (-MINUTE, False)])
async def test_the_revocation_log_is_kept_for_a_day(user, now, margin, kept):
    row = await logged(user, created_at=now - DAY + margin)
    await logged(user)
    assert await is_left(row) is kept


async def test_the_newest_entry_of_the_revocation_log_is_kept_however_old(user, now):
    """By it every worker knows that the log is still the one that it has read."""
    row = await logged(user, created_at=now - 9 * DAY)
    assert await is_left(row)
    await logged(user)
    assert not await is_left(row)


async def test_accounts_stay(user):
    await command()

    assert await User.objects.filter(pk=user.pk).aexists()


async def test_the_live_go_on_and_the_dead_stay_dead(client, account):
    ann, bob = await account(), await account()
    await logout(client, bob.access_token)

    await command()

    assert (await me(client, ann.access_token)).status_code == 200
    assert (await me(client, bob.access_token)).status_code == 401


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati"])
async def test_no_time_zone_makes_an_entry_expire_early(user, now, zone):
    with timezone.override(zone):
        assert await survives(listed(user, now + MINUTE))


async def test_it_works_in_batches_and_shows_how_far_it_is(user, now):
    await command()
    await BlacklistedToken.objects.abulk_create([listed(user, now - SECOND) for _ in range(5)])

    lines = await command(batch=2)

    assert lines == [
        "blacklisted_tokens: 2 deleted",
        "blacklisted_tokens: 4 deleted",
        "blacklisted_tokens: 5 deleted",
        "Done: 5 rows deleted.",
    ]


async def test_with_nothing_to_do_it_says_so():
    await command()

    assert await command() == ["Done: 0 rows deleted."]


async def test_stopped_half_way_what_was_deleted_is_deleted(settings, user, now):
    await command()
    rows = [listed(user, now - SECOND) for _ in range(4)]
    await BlacklistedToken.objects.abulk_create(rows)

    await sync_to_async(lambda: next(clean_up(settings.AUTH, now=now, batch=1)))()

    assert await BlacklistedToken.objects.filter(pk__in=[row.pk for row in rows]).acount() == 3


def command_in_thread():
    try:
        call_command("cleanup_tokens", batch=3, stdout=io.StringIO())
    finally:
        connections.close_all()


async def test_three_at_once_do_not_disturb_each_other(user, now):
    rows = [listed(user, now - SECOND) for _ in range(40)]
    await BlacklistedToken.objects.abulk_create(rows)

    await asyncio.gather(*(asyncio.to_thread(command_in_thread) for _ in range(3)))

    assert not await BlacklistedToken.objects.filter(pk__in=[row.pk for row in rows]).aexists()


async def test_it_runs_by_itself(services, runtime, user, now, monkeypatch):
    row = listed(user, now - SECOND)
    await row.asave()
    monkeypatch.setattr(cleanup, "PERIOD", timedelta(milliseconds=200))
    async with Redis.from_url(services.redis_url) as redis:
        await redis.delete(key_names.of_deployment(runtime.store.deployment) + key_names.job("cleanup"))
    task = asyncio.create_task(PeriodicCleanup(runtime).run())

    async def is_gone():
        return not await BlacklistedToken.objects.filter(pk=row.pk).aexists()

    try:
        await eventually(is_gone)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
