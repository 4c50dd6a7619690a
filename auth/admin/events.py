"""The audit trail."""

from django.contrib.admin import register

from auth.admin.read_only import RecordAdmin
from auth.models import SecurityEvent


@register(SecurityEvent)
class EventAdmin(RecordAdmin):
    list_display = ("timestamp", "event_type", "user", "ip_address", "user_agent", "details")
    list_filter = ("event_type", "timestamp")
    search_fields = ("ip_address",)
    date_hierarchy = "timestamp"
