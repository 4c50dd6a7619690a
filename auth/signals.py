"""Deletions from anywhere (API, admin, shell) reach the revocation log through Django's own signal."""

from typing import Any

from django.db.models.signals import post_delete, pre_delete

from auth.models import Revocation, User

GONE = 1 << 52
"""Version and epoch of a deleted account: above any that was ever in force, exact as a Lua number."""


def connect() -> None:
    pre_delete.connect(lock_account, sender=User, dispatch_uid="authgate_lock_account")
    post_delete.connect(log_deletion, sender=User, dispatch_uid="authgate_log_deletion")


def lock_account(sender: type[User], instance: User, using: str, **_: Any) -> None:
    """What is being written about the account is waited for, and goes with it; what comes later finds it gone."""
    list(User.objects.using(using).select_for_update().filter(pk=instance.pk).values_list("pk"))


def log_deletion(sender: type[User], instance: User, **_: Any) -> None:
    """Runs inside the deletion's own transaction: both are committed or neither is."""
    Revocation.objects.create(user_id=instance.pk, version=GONE, epoch=GONE, reason="account_deleted")
