"""A database that lost its newest commits, as after a failover to a replica that lagged: noticed, and made up for."""

import pytest

from auth.models import Revocation
from auth.revocation import log as revocation_log
from tests.unit.auth.revocation.lost_commits import head, lose, refill
from tests.unit.auth.revocation.revocations import claims, new_session, write


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


async def test_what_can_be_written_again_is_bounded(logs, monkeypatch):
    monkeypatch.setattr(revocation_log, "MAX_HELD", 3)
    before = await head()
    revoked = await refill(5)
    await logs[0].catch_up()
    await lose(before)
    await logs[0].catch_up()

    sids = [entry.sid for entry in revoked]
    found = Revocation.objects.filter(sid__in=sids).order_by("id").values_list("sid", flat=True)
    assert [sid async for sid in found] == sids[2:]


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
