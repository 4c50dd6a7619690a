"""Recovery of revocations that the database has lost.

A failover to a lagging replica, or a restore, loses the newest commits, and with them confirmed revocations.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction

from auth.core.revocations import Revoked
from auth.models import BlacklistedToken, Revocation, Session, User
from auth.models.session import SessionQuerySet
from auth.revocation import numbering, queries


def write_again(held: Collection[Revoked], *, now: datetime, lifetime: timedelta) -> int:
    """Apply and log those that the log of the last two lifetimes lacks, in order. Returns how many they were.

    One worker at a time; a later one finds it done. A session or a token that was revoked is revoked again, and so is
    every session that an account's new epoch had left behind. What else was lost with it, such as a new password or a
    ban, is not recovered.
    """
    with transaction.atomic():
        numbering.take_turns()
        logged = _logged(held, since=now - 2 * lifetime)
        lost = [revoked for revoked in held if not _is_logged(revoked, logged)]
        rows = [row for revoked in lost if (row := _apply(revoked, now, lifetime)) is not None]
        Revocation.objects.bulk_create(rows)
    return len(rows)


def _logged(held: Collection[Revoked], *, since: datetime) -> dict[Revoked, set[datetime]]:
    """When each was revoked according to the log, as far as it has them."""
    found: dict[Revoked, set[datetime]] = {revoked: set() for revoked in held}
    for entry in queries.recent(since=since):
        if (revoked := entry.as_revoked()) in found:
            found[revoked].add(entry.created_at)
    return found


def _is_logged(revoked: Revoked, logged: dict[Revoked, set[datetime]]) -> bool:
    """A version may have been reused for another change, which has another time."""
    times = logged[revoked]
    return revoked.logged_at in times if revoked.version is not None and revoked.logged_at else bool(times)


def _apply(revoked: Revoked, now: datetime, lifetime: timedelta) -> Revocation | None:
    """The entry to log; None when nothing is to be done."""
    if revoked.version is not None:
        return _raise(revoked, now)
    if revoked.jti:
        _blacklist(revoked, now, now + lifetime)
    else:
        _sessions(revoked.user_id, revoked.sid).mark_revoked(reason=revoked.reason, at=now)
    return Revocation(user_id=revoked.user_id, sid=revoked.sid, jti=revoked.jti, reason=revoked.reason)


def _raise(revoked: Revoked, now: datetime) -> Revocation | None:
    """Above the lost version and the current one, so that copies of either are older."""
    lost_version, lost_epoch = revoked.version or 0, revoked.epoch or 0
    account = User.objects.select_for_update(no_key=True).filter(pk=revoked.user_id)
    found = account.values_list("version", "epoch").first()
    version, epoch = found or (lost_version - 1, 0)  # a deleted account has no counters: logged as it was
    if version > lost_version and epoch >= lost_epoch:
        return None
    raised = {"version": max(version, lost_version) + bool(found), "epoch": max(epoch, lost_epoch)}
    models.QuerySet.update(account, **raised)
    models.QuerySet.update(_sessions(revoked.user_id, revoked.kept).filter(epoch=epoch), epoch=raised["epoch"])
    outdated = Session.objects.filter(user_id=revoked.user_id, epoch__lt=raised["epoch"])
    outdated.mark_revoked(reason=revoked.reason, at=now)
    ends = raised["epoch"] > epoch
    return Revocation(user_id=revoked.user_id, ends_sessions=ends, kept=revoked.kept, reason=revoked.reason, **raised)


def _blacklist(revoked: Revoked, now: datetime, expires_at: datetime) -> None:
    if User.objects.filter(pk=revoked.user_id).exists():
        kind = BlacklistedToken.TokenType.ACCESS
        row = {"jti": revoked.jti, "user_id": revoked.user_id, "token_type": kind, "reason": revoked.reason}
        entry = BlacklistedToken(**row, blacklisted_at=now, expires_at=expires_at)
        BlacklistedToken.objects.bulk_create([entry], ignore_conflicts=True)


def _sessions(user_id: int, sid: str) -> SessionQuerySet:
    try:
        key = [UUID(sid)]
    except ValueError:
        key = []
    return Session.objects.filter(pk__in=key, user_id=user_id, revoked_at=None)
