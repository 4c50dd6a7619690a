"""Endings that the database lost: they are made again, and by what the log of a worker remembers."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from auth.core.revocations import Revoked
from auth.models import BlacklistedToken, Session, User
from auth.revocation import revoke
from auth.revocation.model_signals import GONE
from auth.tokens import AccessClaims
from tests.conftest import unique_name
from tests.unit.auth.revocation.lost_commits import head, lose, refill
from tests.unit.auth.revocation.revocations import new_session, write


class Account:
    """An account with two sessions."""

    def __init__(self):
        self.user = User.objects.create_user(unique_name())
        moments: dict[str, Any] = {"epoch": 0, "expires_at": timezone.now() + timedelta(days=1)}
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
