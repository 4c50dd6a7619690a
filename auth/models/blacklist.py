"""Single tokens, revoked before they expire."""

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.timezone import now

from auth.models.revocation import Revocation


class BlacklistedToken(models.Model):
    """A token by its `jti`; the token itself is never stored."""

    class TokenType(models.TextChoices):
        ACCESS = "access"
        REFRESH = "refresh"

    jti = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, related_name="blacklisted_tokens")
    token_type = models.CharField(max_length=16, choices=TokenType)
    reason = models.CharField(max_length=32)
    blacklisted_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "blacklisted_tokens"
        ordering = ("-blacklisted_at",)

    def __str__(self) -> str:
        return self.jti

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django's; an access token that it lists is logged with it."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            Revocation.objects.create(user_id=self.user_id, jti=self.jti, reason=self.reason or "revoked")
