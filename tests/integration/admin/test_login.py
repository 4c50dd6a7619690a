"""Logging in to the admin, and out of it."""

import asyncio
import re

import pytest
from asgiref.sync import sync_to_async

from auth.admin.forms import JUDGED, Judgement, LoginForm
from auth.caller import Caller
from auth.core.policies import Quota
from auth.errors import InsufficientAuthorization, InvalidCredentials, NotFound
from auth.models import SecurityEvent, User, UserLoginHistory
from auth.passwords.pool import PasswordPool, PasswordRefused
from auth.sessions.stages import EntryPoint
from tests.conftest import PASSWORD, eventually, limited, serving, unique_address
from tests.integration.admin.browser import Browser, make_staff, shown
from tests.integration.sessions.login_stages import raising


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


async def test_a_login_stage_that_asks_for_more_lets_nobody_in(application):
    user = await sync_to_async(make_staff)()
    browser = Browser.at(application)

    with raising(InsufficientAuthorization("second_factor")) as seen:
        answer = await browser.login(user.username)

    assert "This account requires another step to log in" in shown(answer)
    assert [login.entry_point for login in seen] == [EntryPoint.ADMIN]
    assert (await browser.get("")).status_code == 302
    row = await eventually(UserLoginHistory.objects.filter(user=user).afirst)
    assert (row.is_successful, row.reason) == (False, "insufficient_authorization")


@pytest.mark.parametrize("error", [InvalidCredentials("banned"), NotFound()])
async def test_a_login_stage_that_refuses_lets_nobody_in(application, error):
    user = await sync_to_async(make_staff)()
    browser = Browser.at(application)

    with raising(error):
        assert "Please enter the correct username" in shown(await browser.login(user.username))

    assert (await browser.get("")).status_code == 302


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
        monkeypatch.setattr(PasswordPool, "verify", lambda *_: pytest.fail("a password was hashed"))

        refused = await browser.login(user.username)
        monkeypatch.undo()
        elsewhere = await Browser.at(application).login(user.username)

    assert re.search(r"Too many wrong passwords. Wait \d+ seconds, then try again.", shown(refused))
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

    assert "Too many wrong passwords" in shown(refused)


async def test_with_the_hashing_queue_full_the_form_says_so(settings, monkeypatch):
    user = await sync_to_async(make_staff)()
    async with serving(settings) as application:
        monkeypatch.setattr(application.runtime.passwords, "waiting", 10**6)
        answer = await Browser.at(application).login(user.username)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "Passwords cannot be checked now" in answer.text


async def test_ending_all_sessions_logs_out_of_the_admin_too(application, admin):
    other = Browser.at(application)
    user = await sync_to_async(make_staff)()
    await other.login(user.username)
    assert (await other.get("")).status_code == 200

    await admin.act("end_sessions", user)

    assert (await other.get("")).status_code == 302


async def test_pages_that_wait_for_a_hash_hold_no_thread(settings, monkeypatch):
    """Four at once on two threads, and a fifth visitor is served meanwhile."""
    user = await sync_to_async(make_staff)()
    async with serving(settings) as application:
        browsers = [Browser.at(application) for _ in range(5)]
        for browser in browsers:
            await browser.get("login/")
        waiting, go_on = asyncio.Semaphore(0), asyncio.Event()

        async def verify(*_):
            waiting.release()
            await go_on.wait()
            raise PasswordRefused

        monkeypatch.setattr(application.runtime.passwords, "verify", verify)
        form = {"username": user.username, "password": PASSWORD}
        logins = [asyncio.create_task(browser.post("login/", **form)) for browser in browsers[:4]]
        async with asyncio.timeout(30):
            for _ in logins:
                await waiting.acquire()
            assert (await browsers[4].get("login/")).status_code == 200
        go_on.set()
        assert {answer.status_code for answer in await asyncio.gather(*logins)} == {200}


async def test_without_a_judgement_no_password_is_right():
    """Django's own view, reached by another way than ours."""
    user = await sync_to_async(make_staff)()
    form = LoginForm(None, data={"username": user.username, "password": PASSWORD})

    assert not form.is_valid()


async def test_a_right_password_alone_is_no_login():
    """As the page that changes it finds it right, where no login stage was passed."""
    user = await sync_to_async(make_staff)()
    token = JUDGED.set(Judgement(Caller("", ""), user))
    form = LoginForm(None, data={"username": user.username, "password": PASSWORD})

    assert not form.is_valid()
    JUDGED.reset(token)


@pytest.mark.parametrize("charset", ["utf-16", "ascii", "hex", "utf-7", "latin-1", "utf8", "nothing"])
@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=B"])
async def test_a_form_in_another_charset_is_415(application, media_type, charset):
    async with Browser.at(application).client as client:
        await client.get("/admin/login/")
        headers = {"Content-Type": f"{media_type}; charset={charset}"}
        answer = await client.post("/admin/login/", content=b"a=b", headers=headers)

    assert answer.status_code == 415
    assert answer.json()["error"] == "unsupported_media_type"


@pytest.mark.parametrize("parameter", ["", ";charset=utf-8", "; charset=UTF-8"])
async def test_a_form_in_utf_8_is_read(application, parameter):
    async with Browser.at(application).client as client:
        token = (await client.get("/admin/login/")).cookies["csrftoken"]
        headers = {"Content-Type": f"application/x-www-form-urlencoded{parameter}"}
        answer = await client.post("/admin/login/", content=f"csrfmiddlewaretoken={token}", headers=headers)

    assert answer.status_code == 200
    assert "This field is required" in answer.text


async def test_with_the_queue_for_the_database_full_every_page_says_so(settings):
    settings.DB_QUEUE = 0
    async with serving(settings) as application:
        answer = await Browser.at(application).get("login/")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert int(answer.headers["retry-after"]) >= 1
