"""Changing the own password in the admin."""

import asyncio
from collections import Counter

from asgiref.sync import sync_to_async

from auth.core.policies import Quota
from auth.models import SecurityEvent
from tests.conftest import PASSWORD, eventually, limited, serving
from tests.integration.admin.browser import Browser, make_staff, shown


async def test_a_new_own_password_keeps_the_visit_and_is_recorded(admin):
    new = f"new {PASSWORD}"

    answer = await admin.post("password_change/", old_password=PASSWORD, new_password1=new, new_password2=new)

    assert answer.status_code == 302
    assert (await admin.get("")).status_code == 200
    assert await SecurityEvent.objects.filter(user=admin.user, event_type="password_change").aexists()


async def change(browser, old, new=f"new {PASSWORD}"):
    return await browser.post("password_change/", old_password=old, new_password1=new, new_password2=new)


async def test_a_wrong_old_password_changes_nothing_and_is_recorded(admin):
    answer = await change(admin, "wrong")

    assert "Your old password was entered incorrectly" in shown(answer)
    event = await eventually(SecurityEvent.objects.filter(user=admin.user, event_type="password_change_failed").afirst)
    assert event.ip_address == admin.address
    assert (await admin.get("")).status_code == 200


async def test_a_change_is_recorded_with_its_address(admin):
    assert (await change(admin, PASSWORD)).status_code == 302

    event = await SecurityEvent.objects.aget(user=admin.user, event_type="password_change")
    assert (event.ip_address, bool(event.user_agent)) == (admin.address, True)


async def test_over_the_limit_of_wrong_old_passwords_the_visit_ends_and_no_other(settings):
    user = await sync_to_async(make_staff)()
    async with serving(settings, policies=limited(settings.AUTH, change_password=Quota(2, 900))) as application:
        thief, owner = Browser.at(application), Browser.at(application)
        for browser in (thief, owner):
            assert (await browser.login(user.username)).status_code == 302
        seen = [(await change(thief, "wrong")).status_code for _ in range(3)]

        assert seen == [200, 200, 302]
        assert (await thief.get("")).status_code == 302
        event = await eventually(SecurityEvent.objects.filter(user=user, event_type="rate_limited").afirst)
        assert (event.details["route"], event.details["count"]) == ("admin_password_change", 1)
        assert (await change(owner, PASSWORD)).status_code == 302
        assert (await owner.get("")).status_code == 200


async def test_the_limit_holds_for_many_at_once(settings):
    user = await sync_to_async(make_staff)()
    async with serving(settings, policies=limited(settings.AUTH, change_password=Quota(2, 900))) as application:
        thief = Browser.at(application)
        await thief.login(user.username)
        seen = Counter(answer.status_code for answer in await asyncio.gather(*(change(thief, "x") for _ in range(10))))

    assert seen[200] == 2
    assert seen[200] + seen[302] == 10
