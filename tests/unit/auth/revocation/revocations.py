"""Entries of the revocation log in the real database, and a Redis that is a list."""

import itertools
import uuid
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.utils import timezone

from auth.core.revocations import Revoked
from auth.errors import ServiceUnavailable
from auth.models import Revocation
from auth.revocation.log import RevocationLog, read_batch
from auth.tokens import AccessClaims

LIFETIME = 60.0  # seconds

_users = itertools.count(800_000_000)


class FakeCache:
    """What Redis was told. While it is `down`, it takes nothing."""

    def __init__(self):
        self.revoked = []
        self.down = False

    async def revoke(self, entries):
        if self.down:
            raise ServiceUnavailable(1.0)
        self.revoked.extend(entries)


async def now():
    """The database's time: it is on this host."""
    return timezone.now()


def new_log(cache, clock, read=read_batch):
    return RevocationLog(cache, lifetime=timedelta(seconds=LIFETIME), now=now, clock=clock, read=read)


def new_user():
    """An id that no account has: entries are no foreign keys."""
    return next(_users)


def new_session():
    return Revoked(new_user(), sid=str(uuid.uuid4()))


@sync_to_async
def write(revoked, **columns):
    """The entry as the database has it."""
    entry = {"user_id": revoked.user_id, "sid": revoked.sid, "jti": revoked.jti}
    counters = {"version": revoked.version, "epoch": revoked.epoch}
    return Revocation.objects.create(**entry, **counters, reason="test", **columns)


@sync_to_async
def skip_an_id():
    """An id that a transaction has drawn and not committed yet."""
    row = Revocation.objects.create(user_id=0, reason="test")
    number = row.pk
    row.delete()
    return number


def claims(revoked, *, token_id="another"):
    """A token of the session that was revoked, or the token itself."""
    return AccessClaims(revoked.user_id, revoked.sid or "another", revoked.jti or token_id, 0, 0, 0)
