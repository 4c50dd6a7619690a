"""A session: one login on one device, one chain of refresh tokens (`sid`)."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.timezone import now

from auth.models.revocation import Revocation


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, *, at: datetime, idle_lifetime: timedelta) -> "SessionQuerySet":
        """Sessions that a refresh token may still continue."""
        return self.filter(
            revoked_at=None,
            expires_at__gt=at,
            rotated_at__gt=at - idle_lifetime,
            user__is_active=True,
            epoch__gte=models.F("user__epoch"),
        )

    def update(self, **values: Any) -> int:
        """Like Django's, but revoking sessions revokes their live tokens within a second.

        Raises ValueError for revoked_at=None: a session that has ended cannot be revived.
        """
        if "revoked_at" not in values:
            return super().update(**values)
        if values["revoked_at"] is None:
            raise ValueError("A session that has ended cannot be revived: revoked_at cannot be cleared.")
        with transaction.atomic():
            keys = list(self.filter(revoked_at=None).order_by().values_list("pk", flat=True))
            rows = super().update(**values)
            self.model.objects.filter(pk__in=keys).exclude(revoked_at=None).log_end()
        return rows

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable["Session"], *args: Any, **options: Any) -> list["Session"]:
        """As Django's. Raises TypeError for update_conflicts, which changes rows past the revocation log."""
        if options.get("update_conflicts") or any(args[2:3]):
            raise TypeError("bulk_create(update_conflicts=True) would not revoke live tokens: use update() or save().")
        return super().bulk_create(objs, *args, **options)

    def log_end(self, reason: str = "") -> None:
        """Log the end of these sessions for every worker. Call inside a transaction."""
        rows = self.values_list("user_id", "pk", "revoked_reason")
        Revocation.objects.bulk_create(
            Revocation(user_id=user_id, sid=str(pk), reason=reason or why or "revoked") for user_id, pk, why in rows
        )

    def mark_revoked(self, *, reason: str, at: datetime) -> int:
        """End those that are still live. The caller writes the revocation log in the same transaction."""
        return models.QuerySet.update(self.filter(revoked_at=None), revoked_at=at, revoked_reason=reason)


class Session(models.Model):
    """`generation` counts rotations; `seen_generation` is the newest one with a used access token.

    Access tokens of a generation below `min_generation` are invalid.

    A session has ended if it is revoked, expired, or its `epoch` is lower than its account's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="auth_sessions")
    client_id = models.CharField(max_length=64)
    epoch = models.PositiveBigIntegerField()
    generation = models.PositiveBigIntegerField(default=0)
    seen_generation = models.PositiveBigIntegerField(default=0)
    min_generation = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    rotated_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=32, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        db_table = "sessions"
        base_manager_name = "objects"
        ordering = ("-created_at",)
        indexes = (models.Index(fields=["user", "-created_at"]),)

    def __str__(self) -> str:
        return str(self.id)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """As Django's; a session that it revokes is logged with it. A stale copy does not bring one back."""
        if self._state.adding and self.revoked_at is None:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, update_fields=self._writable(update_fields), **kwargs)
            if self.revoked_at is not None and (update_fields is None or "revoked_at" in update_fields):
                Session.objects.filter(pk=self.pk).log_end()

    def _writable(self, names: Iterable[str] | None) -> Iterable[str] | None:
        if self.revoked_at is not None:
            return names
        loaded = [field for field in self._meta.concrete_fields if field.attname not in self.get_deferred_fields()]
        every = {field.name for field in loaded if not field.primary_key}
        return (every if names is None else set(names)) - {"revoked_at", "revoked_reason"}

    @property
    def sid(self) -> str:
        return str(self.id)
