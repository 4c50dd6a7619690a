"""Django's signals, which write deletions and fixtures to the revocation log."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_save

from auth.models import Revocation, Session, User

GONE = 1 << 52
"""Version and epoch of a deleted account: above any that was ever in force, exact as a Lua number."""


_collected: ContextVar[list[Revocation] | None] = ContextVar("collected", default=None)


def connect() -> None:
    post_delete.connect(log_deletion, sender=User, dispatch_uid="authgate_log_deletion")
    post_delete.connect(log_deleted_session, sender=Session, dispatch_uid="authgate_log_deleted_session")
    pre_save.connect(prepare_fixture, sender=User, dispatch_uid="authgate_prepare_fixture")
    post_save.connect(log_fixture, sender=User, dispatch_uid="authgate_log_fixture")
    post_save.connect(log_fixture_session, sender=Session, dispatch_uid="authgate_log_fixture_session")


def log_deletion(sender: type[User], instance: User, **_: Any) -> None:
    """Runs inside the deletion's own transaction: both are committed or neither is."""
    entry = Revocation(user_id=instance.pk, version=GONE, epoch=GONE, reason="account_deleted")
    collected = _collected.get()
    if collected is None:
        entry.save(force_insert=True)
    else:
        collected.append(entry)


@contextmanager
def deletions_logged_together() -> Iterator[None]:
    """One transaction for the deletion of many accounts, which logs them in one statement before it commits."""
    with transaction.atomic():
        entries: list[Revocation] = []
        token = _collected.set(entries)
        try:
            yield
        finally:
            _collected.reset(token)
        Revocation.objects.bulk_create(entries)


def log_deleted_session(sender: type[Session], instance: Session, **_: Any) -> None:
    Revocation.objects.create(user_id=instance.user_id, sid=instance.sid, reason="session_deleted")


def prepare_fixture(sender: type[User], instance: User, raw: bool, **_: Any) -> None:  # noqa: FBT001  Django's name
    """`loaddata` calls no save() and no pre_save() of fields: keys are derived here, and counters kept."""
    if raw:
        instance.prepare_raw_save()


def log_fixture(sender: type[User], instance: User, raw: bool, **_: Any) -> None:  # noqa: FBT001  Django's name
    if raw:
        instance.record_raw_save()


def log_fixture_session(sender: type[Session], instance: Session, raw: bool, **_: Any) -> None:  # noqa: FBT001
    if raw and instance.revoked_at is not None:
        Session.objects.filter(pk=instance.pk).log_end()
