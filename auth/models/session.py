"""A session: one login on one device, one chain of refresh tokens (`sid`, OpenID Connect)."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.timezone import now


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

    def mark_revoked(self, *, reason: str, at: datetime) -> int:
        """End those that are not over. Whoever calls it writes the revocation log in the same transaction."""
        return models.QuerySet.update(self.filter(revoked_at=None), revoked_at=at, revoked_reason=reason)


class Session(models.Model):
    """`generation` counts rotations; `seen_generation` is the newest of which an access token has been used.

    Access tokens of a generation below `min_generation` are void.

    A session is over when it is revoked, when it expires, or when its `epoch` falls behind the account's.
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
        ordering = ("-created_at",)
        indexes = (models.Index(fields=["user", "-created_at"]),)

    def __str__(self) -> str:
        return str(self.id)

    @property
    def sid(self) -> str:
        return str(self.id)
