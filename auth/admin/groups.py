"""Groups of rights, which Django registers by itself.

Only superusers change what rights a group gives: whoever is in it could give them to themselves.
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
