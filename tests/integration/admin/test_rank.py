"""Who may do what to whom."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission

from auth.models import User
from tests.conftest import PASSWORD
from tests.integration.admin.browser import change_form, make_staff, page, shown


async def test_only_superusers_give_rights(clerk, victim):
    await clerk.act("promote", victim.user)
    form = change_form(victim.user, is_staff="on", is_superuser="on")
    answer = await clerk.post(f"{page(User)}{victim.user.pk}/change/", **form)

    assert answer.status_code == 302
    user = await User.objects.aget(pk=victim.user.pk)
    assert (user.is_staff, user.is_superuser) == (False, False)


async def test_only_superusers_change_what_rights_a_group_gives(admin, clerk):
    group = await Group.objects.acreate(name=f"group of {clerk.user.pk}")
    change = await Permission.objects.aget(codename="change_group")
    await clerk.user.user_permissions.aadd(change)
    rights = await Permission.objects.aget(codename="add_user", content_type__app_label="accounts")
    path = f"auth/group/{group.pk}/change/"

    assert (await clerk.post(path, name=f"of {group.pk}", permissions=[str(rights.pk)])).status_code == 302
    assert not await group.permissions.aexists()
    assert (await Group.objects.aget(pk=group.pk)).name == f"of {group.pk}"

    assert (await admin.post(path, name=f"of {group.pk}", permissions=[str(rights.pk)])).status_code == 302
    assert await group.permissions.aget() == rights


async def test_other_staff_manage_ordinary_accounts_only(clerk, victim):
    colleague = await sync_to_async(make_staff)()
    path = f"{page(User)}{colleague.pk}"

    await clerk.act("disable", victim.user, colleague)
    refused = [
        await clerk.post(f"{path}/delete/", post="yes"),
        await clerk.delete_selected(colleague),
        await clerk.post(f"{path}/password/", password1=PASSWORD, password2=PASSWORD),
        await clerk.post(f"{path}/change/", **change_form(colleague)),
    ]

    assert [answer.status_code for answer in refused] == [403] * 4
    assert (await clerk.get(f"{path}/delete/")).status_code == 403
    assert not (await User.objects.aget(pk=victim.user.pk)).is_active
    assert (await User.objects.aget(pk=colleague.pk)).is_active


@pytest.mark.parametrize("action", ["disable", "demote"])
async def test_nobody_locks_themselves_out(admin, action):
    await admin.act(action, admin.user)

    assert "Your own account was not changed." in shown(await admin.get(""))
