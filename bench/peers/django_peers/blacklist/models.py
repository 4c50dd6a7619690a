"""One row a revoked token."""

from django.db import models


class BlacklistedToken(models.Model):
    jti = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    class Meta:
        app_label = "blacklist"

    def __str__(self) -> str:
        return self.jti
