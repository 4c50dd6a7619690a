"""Deletions from anywhere (API, admin, shell) reach the revocation log through Django's own signal."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import Signal

from auth.models import Revocation, User

GONE = 1 << 52
"""Version and epoch of a deleted account: above any that was ever in force, exact as a Lua number."""

security_event = Signal()
"""Sent for every stored SecurityEvent (`event`), after its transaction, on the writer's thread. For integrators."""


def connect() -> None:
    post_delete.connect(log_deletion, sender=User, dispatch_uid="authgate_log_deletion")


def log_deletion(sender: type[User], instance: User, **_: Any) -> None:
    """Runs inside the deletion's own transaction: both are committed or neither is."""
    Revocation.objects.create(user_id=instance.pk, version=GONE, epoch=GONE, reason="account_deleted")
