"""Groups of rights, which Django registers by itself."""

from django.contrib.admin import register, site
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group

from auth.admin.strict import StrictAdmin

site.unregister(Group)


@register(Group)
class StrictGroupAdmin(StrictAdmin, GroupAdmin):
    pass
