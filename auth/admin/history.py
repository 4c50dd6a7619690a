"""The login history."""

from django.contrib.admin import register

from auth.admin.read_only import RecordAdmin, device
from auth.models import UserLoginHistory


@register(UserLoginHistory)
class HistoryAdmin(RecordAdmin):
    list_display = ("login_time", "user", "is_successful", "reason", "ip_address", device)
    list_filter = ("is_successful", "login_time")
    search_fields = ("ip_address", "identifier_hash")
    date_hierarchy = "login_time"
