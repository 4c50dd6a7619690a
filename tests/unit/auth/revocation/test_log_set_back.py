"""A database that lost its newest commits, as after a failover to a replica that lagged: noticed, and made up for."""

import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone

from auth.core.revocations import Revoked
from auth.models import BlacklistedToken, Revocation, RevocationHead, Session, User
from auth.revocation import log as revocation_log
from auth.revocation import revoke
from auth.revocation.model_signals import GONE
from auth.revocation.numbering import number_entries
from auth.tokens import AccessClaims
from tests.conftest import unique_name
from tests.unit.auth.revocation.revocations import FakeCache, claims, new_log, new_session, write
from tests.unit.clock import FakeClock


@pytest.fixture
def clock():
    return FakeClock(1000.0)


@pytest.fixture
async def logs(clock):
    """Those of two workers, which have read what was there before the test."""
    await write(new_session())
    found = [new_log(FakeCache(), clock) for _ in range(2)]
    for log in found:
        await log.catch_up()
    return found


@sync_to_async
def head():
    return RevocationHead.objects.get().position


@sync_to_async
def lose(after, *sql):
    """The log as a replica had it, and what else it lacked."""
    Revocation.objects.filter(position__gt=after).delete()
    Revocation.objects.filter(position=None).delete()
    RevocationHead.objects.update(position=after)
    with connection.cursor() as cursor:
        for statement, arguments in sql:
            cursor.execute(statement, arguments)


async def refill(count):
    """Other endings, in the places of those that were lost."""
    revoked = [new_session() for _ in range(count)]
    for entry in revoked:
        await write(entry)
    await sync_to_async(number_entries)()
    return revoked


async def has_entry(revoked):
    return await Revocation.objects.filter(user_id=revoked.user_id, sid=revoked.sid, jti=revoked.jti).aexists()


@pytest.mark.parametrize("refilled", [1, 3, 7], ids=["below the head", "to the head", "past the head"])
async def test_a_log_that_was_set_back_and_refilled_is_read_anew(logs, refilled):
    """Whatever number its head has now: what got the places of the lost entries is not taken for known."""
    log, _ = logs
    before = await head()
    await refill(3)
    await log.catch_up()
    feed = log.feed
    await lose(before)
    revoked = await refill(refilled)
    await log.catch_up()

    assert all(log.is_revoked(claims(entry)) for entry in revoked)
    assert (feed.is_over, log.feed.is_over) == (True, False)


async def test_a_log_that_was_emptied_is_read_anew(logs):
    log, _ = logs
    await lose(0)
    revoked = await refill(1)
    await log.catch_up()

    assert log.is_revoked(claims(revoked[0]))


async def test_what_was_lost_is_logged_again_and_reaches_the_others(logs, clock):
    before = await head()
    lost = await refill(3)
    await logs[0].catch_up()
    await lose(before)
    await refill(5)
    await logs[0].catch_up()
    await logs[1].catch_up()

    assert all([await has_entry(revoked) for revoked in lost])
    assert all(logs[1].is_revoked(claims(revoked)) for revoked in lost)


async def test_what_two_workers_remember_is_logged_again_once(logs):
    before = await head()
    lost = await refill(2)
    for log in logs:
        await log.catch_up()
    await lose(before)
    await refill(4)
    for log in logs + logs:
        await log.catch_up()

    assert [await Revocation.objects.filter(sid=revoked.sid).acount() for revoked in lost] == [1, 1]


async def test_a_log_that_lost_nothing_is_not_written_again(logs):
    revoked = await refill(3)
    for log in logs + logs:
        await log.catch_up()

    assert [await Revocation.objects.filter(sid=entry.sid).acount() for entry in revoked] == [1, 1, 1]


async def test_what_was_lost_before_anybody_read_it_is_logged_again(logs):
    """Only the worker that answered knows of it, and its own place in the log is as it was."""
    revoked = new_session()
    logs[0].add([revoked])
    for log in logs:
        await log.catch_up()

    await logs[1].catch_up()
    assert logs[1].is_revoked(claims(revoked))
    assert logs[0].is_revoked(claims(revoked))


async def test_what_was_lost_before_it_had_a_position_is_logged_again(logs, monkeypatch):
    revoked = new_session()
    monkeypatch.setattr(revocation_log, "number_entries", lambda: None)
    await write(revoked)
    await logs[0].catch_up()
    monkeypatch.undo()
    await lose(await head())
    for log in logs + logs:
        await log.catch_up()

    assert logs[1].is_revoked(claims(revoked))
    assert await Revocation.objects.filter(sid=revoked.sid).acount() == 1


async def test_an_entry_whose_id_is_given_again_is_not_taken_for_the_lost_one(logs, monkeypatch):
    monkeypatch.setattr(revocation_log, "number_entries", lambda: None)
    row = await write(new_session())
    await logs[0].catch_up()
    await lose(await head())
    revoked = new_session()
    await write(revoked, id=row.pk)
    await logs[0].catch_up()

    assert logs[0].is_revoked(claims(revoked))


async def test_noted_after_it_was_read_it_is_not_missed(logs):
    """The answer's worker may read the log before it comes to note what it has committed."""
    revoked = new_session()
    await write(revoked)
    await logs[0].catch_up()
    logs[0].add([revoked])
    await logs[0].catch_up()

    assert await Revocation.objects.filter(sid=revoked.sid).acount() == 1


class Account:
    """An account with two sessions."""

    def __init__(self):
        self.user = User.objects.create_user(unique_name())
        moments = {"epoch": 0, "expires_at": timezone.now() + timezone.timedelta(days=1)}
        self.sessions = [Session.objects.create(user=self.user, client_id="test", **moments) for _ in range(2)]

    def state(self):
        """Version and epoch, and for each session whether it is over."""
        user = User.objects.get(pk=self.user.pk)
        sessions = [Session.objects.get(pk=session.pk) for session in self.sessions]
        return user.version, user.epoch, [bool(row.revoked_at) or row.epoch < user.epoch for row in sessions]

    def undo(self):
        """The statements that take the account back to how it began."""
        table, key = "UPDATE users SET version = 0, epoch = 0, is_active = TRUE WHERE id = %s", [self.user.pk]
        sessions = "UPDATE sessions SET epoch = 0, revoked_at = NULL, revoked_reason = '' WHERE user_id = %s"
        return [(table, key), (sessions, key), ("DELETE FROM blacklisted_tokens WHERE user_id = %s", key)]

    def token(self):
        sid = self.sessions[0].sid
        return AccessClaims(self.user.pk, sid, uuid.uuid4().hex, 0, 0, int(timezone.now().timestamp()) + 900)


@pytest.fixture
async def account():
    return await sync_to_async(Account)()


async def lose_after(logs, account, end, *, noted=False):
    """End something, have the first worker know it, lose it, and let both workers look."""
    before = await head()
    revoked = await sync_to_async(end)()
    if noted:
        logs[0].add(revoked)
    else:
        await logs[0].catch_up()
    await lose(before, *account.undo())
    await refill(0 if noted else 3)
    for log in logs + logs:
        await log.catch_up()
    return revoked


@pytest.mark.parametrize("noted", [False, True], ids=["read", "noted"])
async def test_a_session_that_was_ended_is_over_again(logs, account, noted):
    token = account.token()

    def end():
        sids = [account.sessions[0].pk]
        return revoke.revoke_sessions(account.user.pk, sids, reason="logout", now=timezone.now(), token=token)

    await lose_after(logs, account, end, noted=noted)

    assert (await sync_to_async(account.state)())[2] == [True, False]
    assert (await Session.objects.aget(pk=account.sessions[0].pk)).revoked_reason == "logout"
    assert await BlacklistedToken.objects.filter(jti=token.token_id, reason="logout").aexists()
    assert all(log.is_revoked(token) for log in logs)


@pytest.mark.parametrize("noted", [False, True], ids=["read", "noted"])
async def test_the_sessions_of_an_account_are_over_again_but_the_one_that_was_kept(logs, account, noted):
    key, keep = account.user.pk, account.sessions[1].pk

    def end():
        return revoke.revoke_all_sessions(key, reason="ended", now=timezone.now(), keep=keep)

    revoked = await lose_after(logs, account, end, noted=noted)

    version, epoch, over = await sync_to_async(account.state)()
    assert version > revoked[0].version, "copies of the lost account must be older"
    assert (epoch, over) == (revoked[0].epoch, [True, False])
    assert all(log.is_outdated(key, revoked[0].version) for log in logs)


async def test_a_ban_that_was_lost_has_ended_the_sessions(logs, account):
    await lose_after(logs, account, lambda: User.objects.filter(pk=account.user.pk).update(is_active=False))

    assert (await sync_to_async(account.state)())[2] == [True, True]


async def test_a_change_of_rights_that_was_lost_outdates_every_copy(logs, account):
    """Redis may hold the account as it was promoted in a commit that is lost."""
    key = account.user.pk
    await lose_after(logs, account, lambda: User.objects.filter(pk=key).update(is_staff=True))

    assert (await sync_to_async(account.state)())[::2] == (2, [False, False])
    assert all(log.is_outdated(key, 1) for log in logs)


async def test_another_change_that_got_the_lost_version_does_not_hide_it(logs, account):
    key = account.user.pk
    before = await head()
    await User.objects.filter(pk=key).aupdate(is_staff=True)
    await logs[0].catch_up()
    await lose(before, *account.undo())
    await User.objects.filter(pk=key).aupdate(first_name="Ann")  # version 1 again
    await refill(2)
    await logs[0].catch_up()

    assert (await sync_to_async(account.state)())[0] == 2


async def test_a_deletion_that_was_lost_is_logged_again(logs):
    revoked = Revoked(new_session().user_id, version=GONE, epoch=GONE, reason="account_deleted")
    before = await head()
    await write(revoked)
    await logs[0].catch_up()
    await lose(before)
    await refill(2)
    for log in logs:
        await log.catch_up()

    assert logs[1].is_outdated(revoked.user_id, GONE - 1)
