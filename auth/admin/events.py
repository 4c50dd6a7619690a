"""The audit trail."""

from django.contrib.admin import register

from auth.admin.read_only import RecordAdmin, device
from auth.models import SecurityEvent


@register(SecurityEvent)
class EventAdmin(RecordAdmin):
    list_display = ("timestamp", "event_type", "user", "details", "ip_address", device)
    list_filter = ("event_type", "timestamp")
    search_fields = ("ip_address",)
    date_hierarchy = "timestamp"
