"""Login history: account, address and result."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now


class UserLoginHistory(models.Model):
    """One login attempt. An unknown name is stored as a keyed hash only: it may be a password."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, null=True, blank=True, related_name="login_history"
    )
    identifier_hash = models.CharField(max_length=64, blank=True)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    login_time = models.DateTimeField(default=now, db_index=True)
    is_successful = models.BooleanField()
    reason = models.CharField(max_length=32, blank=True)

    class Meta:
        db_table = "user_login_history"
        ordering = ("-login_time", "-id")
        verbose_name_plural = "user login history"
        indexes = (models.Index(fields=["user", "-login_time"]),)

    def __str__(self) -> str:
        outcome = "succeeded" if self.is_successful else "failed"
        return f"{self.user_id or 'unknown'} {outcome} {self.login_time:%Y-%m-%d %H:%M:%S}"
