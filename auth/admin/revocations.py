"""The revocation log."""

from django.contrib.admin import register

from auth.admin.read_only import ReadOnlyAdmin
from auth.models import Revocation


@register(Revocation)
class RevocationAdmin(ReadOnlyAdmin):
    list_display = ("id", "position", "created_at", "user_id", "sid", "jti", "version", "epoch", "kept", "reason")
    list_filter = ("created_at",)
    search_fields = ("user_id", "sid", "jti")
    ordering = ("-id",)
