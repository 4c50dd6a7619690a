"""Django's signals, which write deletions and fixtures to the revocation log."""

from typing import Any

from django.db.models.signals import post_delete, post_save, pre_save

from auth.models import Revocation, Session, User

GONE = 1 << 52
"""Version and epoch of a deleted account: above any that was ever in force, exact as a Lua number."""


def connect() -> None:
    post_delete.connect(log_deletion, sender=User, dispatch_uid="authgate_log_deletion")
    post_delete.connect(log_deleted_session, sender=Session, dispatch_uid="authgate_log_deleted_session")
    pre_save.connect(prepare_fixture, sender=User, dispatch_uid="authgate_prepare_fixture")
    post_save.connect(log_fixture, sender=User, dispatch_uid="authgate_log_fixture")
    post_save.connect(log_fixture_session, sender=Session, dispatch_uid="authgate_log_fixture_session")


def log_deletion(sender: type[User], instance: User, **_: Any) -> None:
    """Runs inside the deletion's own transaction: both are committed or neither is."""
    Revocation.objects.create(user_id=instance.pk, version=GONE, epoch=GONE, reason="account_deleted")


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
