"""Security events: the audit trail."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now


class SecurityEvent(models.Model):
    """Something that an owner or an operator may need to know later. `details` never contains secrets."""

    class Type(models.TextChoices):
        LOGIN_SUCCESS = "login_success", "Successful login"
        LOGIN_FAILED = "login_failed", "Failed login"
        REGISTRATION = "registration", "Registration"
        TOKEN_REFRESH = "token_refresh", "Token refresh"
        REFRESH_REUSE = "refresh_reuse", "Reuse of a rotated refresh token"
        LOGOUT = "logout", "Logout"
        SESSION_ENDED = "session_ended", "Session ended by its owner"
        TOKEN_REVOKED = "token_revoked", "Token revoked by a service"
        PASSWORD_CHANGE = "password_change", "Password change"
        PASSWORD_CHANGE_FAILED = "password_change_failed", "Failed password change"
        PASSWORD_RESET_REQUESTED = "password_reset_requested", "Password reset asked for"
        PASSWORD_RESET = "password_reset", "Password reset by e-mail"
        EMAIL_VERIFIED = "email_verified", "E-mail address verified"
        RATE_LIMITED = "rate_limited", "Over a rate limit"
        ACCOUNT_CHANGED = "account_changed", "Account changed by an administrator"
        SUSPICIOUS_ACTIVITY = "suspicious_activity", "Suspicious activity"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DB_CASCADE, null=True, blank=True, related_name="security_events"
    )
    event_type = models.CharField(max_length=50, choices=Type)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=256, blank=True)
    details = models.JSONField(default=dict, blank=True)
    timestamp = models.DateTimeField(default=now, db_index=True)
    merge_key = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001  null: of its own
    """What happens again under one key raises `details["count"]` of one row."""

    class Meta:
        db_table = "security_events"
        ordering = ("-timestamp", "-id")
        indexes = (models.Index(fields=["user", "-timestamp"]),)

    def __str__(self) -> str:
        return f"{self.event_type} {self.timestamp:%Y-%m-%d %H:%M:%S}"
