"""Blacklisted tokens."""

from django.contrib.admin import register

from auth.admin.read_only import ReadOnlyAdmin
from auth.models import BlacklistedToken


@register(BlacklistedToken)
class BlacklistAdmin(ReadOnlyAdmin):
    list_display = ("jti", "user", "token_type", "reason", "blacklisted_at", "expires_at")
    list_filter = ("token_type", "blacklisted_at", "expires_at")
    search_fields = ("jti",)
