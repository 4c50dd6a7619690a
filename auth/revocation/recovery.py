"""Endings that the database has lost, applied and logged again from what a worker still remembers.

A failover to a replica that lagged, or a restore, loses the newest commits, and with them endings that were answered.
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

    One worker at a time, and whoever comes later finds it done. A session or a token that was ended is over again, and
    every session that an account's new epoch had left behind. What else was lost with it, such as a new password or a
    ban, nobody here remembers.
    """
    with transaction.atomic():
        numbering.take_turns()
        logged = _logged(held, since=now - 2 * lifetime)
        lost = [taken for taken in held if not _is_logged(taken, logged)]
        rows = [row for taken in lost if (row := _apply(taken, now, lifetime)) is not None]
        Revocation.objects.bulk_create(rows)
    return len(rows)


def _logged(held: Collection[Revoked], *, since: datetime) -> dict[Revoked, set[datetime]]:
    """When the log says that each was ended, as far as it does."""
    found: dict[Revoked, set[datetime]] = {taken: set() for taken in held}
    for entry in queries.recent(since=since):
        if (taken := entry.taken()) in found:
            found[taken].add(entry.created_at)
    return found


def _is_logged(taken: Revoked, logged: dict[Revoked, set[datetime]]) -> bool:
    """A version may have been given anew, to another change: that one is of another moment."""
    moments = logged[taken]
    return taken.logged_at in moments if taken.version is not None and taken.logged_at else bool(moments)


def _apply(taken: Revoked, now: datetime, lifetime: timedelta) -> Revocation | None:
    """The entry to log; None when nothing is to be done."""
    if taken.version is not None:
        return _raise(taken, now)
    if taken.jti:
        _blacklist(taken, now, now + lifetime)
    else:
        _sessions(taken.user_id, taken.sid).mark_revoked(reason=taken.reason, at=now)
    return Revocation(user_id=taken.user_id, sid=taken.sid, jti=taken.jti, reason=taken.reason)


def _raise(taken: Revoked, now: datetime) -> Revocation | None:
    """Above both what was lost and what has been since: copies of either are older."""
    lost_version, lost_epoch = taken.version or 0, taken.epoch or 0
    account = User.objects.select_for_update(no_key=True).filter(pk=taken.user_id)
    found = account.values_list("version", "epoch").first()
    version, epoch = found or (lost_version - 1, 0)  # a deleted account has no counters: logged as it was
    if version > lost_version and epoch >= lost_epoch:
        return None
    raised = {"version": max(version, lost_version) + bool(found), "epoch": max(epoch, lost_epoch)}
    models.QuerySet.update(account, **raised)
    models.QuerySet.update(_sessions(taken.user_id, taken.kept).filter(epoch=epoch), epoch=raised["epoch"])
    behind = Session.objects.filter(user_id=taken.user_id, epoch__lt=raised["epoch"])
    behind.mark_revoked(reason=taken.reason, at=now)
    ends = raised["epoch"] > epoch
    return Revocation(user_id=taken.user_id, ends_sessions=ends, kept=taken.kept, reason=taken.reason, **raised)


def _blacklist(taken: Revoked, now: datetime, expires_at: datetime) -> None:
    if User.objects.filter(pk=taken.user_id).exists():
        kind = BlacklistedToken.TokenType.ACCESS
        row = {"jti": taken.jti, "user_id": taken.user_id, "token_type": kind, "reason": taken.reason}
        entry = BlacklistedToken(**row, blacklisted_at=now, expires_at=expires_at)
        BlacklistedToken.objects.bulk_create([entry], ignore_conflicts=True)


def _sessions(user_id: int, sid: str) -> SessionQuerySet:
    try:
        key = [UUID(sid)]
    except ValueError:
        key = []
    return Session.objects.filter(pk__in=key, user_id=user_id, revoked_at=None)
