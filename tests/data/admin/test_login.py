"""Logging in to the admin, and out of it."""

import re

import pytest
from asgiref.sync import sync_to_async

from auth.models import SecurityEvent, User, UserLoginHistory
from auth.policies import Quota
from tests.conftest import PASSWORD, eventually, limited, serving, unique_address
from tests.data.admin.browser import Browser, make_staff, shown


async def test_a_visitor_is_asked_to_log_in(application):
    answer = await Browser.at(application).get("")

    assert answer.status_code == 302
    assert answer.headers["location"] == "/admin/login/?next=/admin/"


@pytest.mark.parametrize("spell", [str.upper, lambda name: f"{name}@EXAMPLE.com", lambda name: name.replace("s", "ſ")])
async def test_staff_log_in_by_name_or_address_in_any_spelling(application, spell):
    user = await sync_to_async(make_staff)()

    answer = await Browser.at(application).login(spell(user.username))

    assert (answer.status_code, answer.headers["location"]) == (302, "/admin/")


async def test_a_login_is_recorded_with_its_address(application):
    user = await sync_to_async(make_staff)()
    address = unique_address()

    await Browser.at(application, address).login(user.username)

    row = await eventually(UserLoginHistory.objects.filter(user=user).afirst)
    assert (row.is_successful, row.ip_address) == (True, address)
    event = await SecurityEvent.objects.aget(user=user)
    assert (event.event_type, event.ip_address) == ("login_success", address)


@pytest.mark.parametrize(
    ("columns", "password", "reason"),
    [
        ({}, "wrong", "wrong_password"),
        ({"is_active": False}, PASSWORD, "disabled"),
        ({"is_staff": False, "is_superuser": True}, PASSWORD, "not_staff"),
    ],
)
async def test_a_failed_login_shows_one_answer_and_records_why(application, columns, password, reason):
    user = await sync_to_async(make_staff)()
    await sync_to_async(User.objects.filter(pk=user.pk).update)(**columns)

    answer = await Browser.at(application).login(user.username, password)

    assert answer.status_code == 200
    assert "Please enter the correct username and password for a staff account" in shown(answer)
    row = await eventually(UserLoginHistory.objects.filter(user=user).afirst)
    assert (row.is_successful, row.reason) == (False, reason)


async def test_an_unknown_name_is_recorded_as_a_hash(application):
    address = unique_address()

    await Browser.at(application, address).login("my-password-in-the-wrong-field")

    row = await eventually(UserLoginHistory.objects.filter(ip_address=address).afirst)
    assert (row.user_id, row.reason, len(row.identifier_hash)) == (None, "unknown", 64)


async def test_failures_over_the_limit_are_refused_without_a_hash(settings, monkeypatch):
    user = await sync_to_async(make_staff)()
    async with serving(settings, policies=limited(settings.AUTH, login=Quota(2, 60))) as application:
        browser = Browser.at(application)
        for _ in range(2):
            assert "correct username" in shown(await browser.login(user.username, "wrong"))
        monkeypatch.setattr("auth.passwords.verify_password", lambda *_: pytest.fail("a password was hashed"))

        refused = await browser.login(user.username)
        monkeypatch.undo()
        elsewhere = await Browser.at(application).login(user.username)

    assert re.search(r"Too many failed logins. Wait \d+ seconds, then try again.", shown(refused))
    assert elsewhere.status_code == 302


async def test_successes_do_not_count_as_failures(settings):
    user = await sync_to_async(make_staff)()
    async with serving(settings, policies=limited(settings.AUTH, login=Quota(2, 60))) as application:
        address = unique_address()
        for _ in range(4):
            assert (await Browser.at(application, address).login(user.username)).status_code == 302


async def test_without_redis_staff_log_in_under_tighter_limits(settings, tmp_path):
    user = await sync_to_async(make_staff)()
    changes = {"policies": limited(settings.AUTH, login=Quota(4, 60)), "workers": 2}
    async with serving(settings, redis_url=f"unix://{tmp_path}/nothing.sock", **changes) as application:
        address = unique_address()
        assert (await Browser.at(application, address).login(user.username)).status_code == 302
        for _ in range(2):
            assert "correct username" in shown(await Browser.at(application, address).login(user.username, "wrong"))
        refused = await Browser.at(application, address).login(user.username)

    assert "Too many failed logins" in shown(refused)


async def test_with_the_hashing_queue_full_the_form_says_so(settings, monkeypatch):
    user = await sync_to_async(make_staff)()
    async with serving(settings) as application:
        monkeypatch.setattr(application._runtime.passwords, "waiting", 10**6)
        answer = await Browser.at(application).login(user.username)

    assert answer.status_code == 200
    assert "Nobody can log in now" in shown(answer)


async def test_ending_all_sessions_logs_out_of_the_admin_too(application, admin):
    other = Browser.at(application)
    user = await sync_to_async(make_staff)()
    await other.login(user.username)
    assert (await other.get("")).status_code == 200

    await admin.act("end_sessions", user)

    assert (await other.get("")).status_code == 302


async def test_a_new_own_password_keeps_the_visit_and_is_recorded(admin):
    new = f"new {PASSWORD}"

    answer = await admin.post("password_change/", old_password=PASSWORD, new_password1=new, new_password2=new)

    assert answer.status_code == 302
    assert (await admin.get("")).status_code == 200
    assert await SecurityEvent.objects.filter(user=admin.user, event_type="password_change").aexists()
