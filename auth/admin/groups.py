"""Groups of rights, which Django registers by itself.

Only superusers can change the rights of a group: its members could otherwise give themselves rights.
"""

from django.contrib.admin import register, site
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from auth.admin.strict import StrictAdmin

site.unregister(Group)


@register(Group)
class StrictGroupAdmin(StrictAdmin, GroupAdmin):
    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else ("permissions",)
