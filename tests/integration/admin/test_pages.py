"""What the admin shows, and that records cannot be written."""

from datetime import UTC, datetime
from typing import cast

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin import site
from django.db import connection
from django.template.response import TemplateResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from auth.models import SecurityEvent, Session, User, UserLoginHistory
from tests.conftest import eventually, unique_address
from tests.integration.admin.browser import READ_ONLY, Browser, page, shown
from tests.integration.calls import login, logout


@pytest.mark.parametrize("model", [User, *READ_ONLY])
async def test_every_list_finds_the_rows_of_an_account_by_its_name(admin, victim, model):
    owned = {"pk": victim.user.pk} if model is User else {"user_id": victim.user.pk}
    row = await model.objects.filter(**owned).afirst()

    spelled = victim.user.username.upper().replace("U", "\N{FULLWIDTH LATIN SMALL LETTER U}")
    found = await admin.get(page(model), q=spelled)

    assert f"/admin/{page(model)}{row.pk}/change/" in shown(found)
    assert (await admin.get(f"{page(model)}{row.pk}/change/")).status_code == 200
    assert (await admin.get(f"{page(model)}{row.pk}/history/")).status_code == 200


@pytest.mark.parametrize("model", [User, *READ_ONLY])
@pytest.mark.parametrize("query", ["nobody", "10.0.0.1", "::1", "7", "9" * 30, "a@b", "0" * 32, "'\"", "\0", "ﷺ", "%"])
async def test_a_search_for_anything_is_answered(admin, model, query):
    assert (await admin.get(page(model), q=query)).status_code == 200


async def test_records_are_found_by_address(application, admin):
    address = unique_address()
    await Browser.at(application, address).login("nobody")
    row = await eventually(UserLoginHistory.objects.filter(ip_address=address).afirst)

    assert f"/{row.pk}/change/" in shown(await admin.get(page(UserLoginHistory), q=address))


@pytest.mark.parametrize(("state", "count"), [("live", 1), ("over", 1), ("", 2)])
async def test_sessions_are_listed_by_state(admin, victim, state, count):
    listed = await admin.get(page(Session), q=victim.user.username, state=state)

    assert shown(listed).count('class="action-select"') == count


@pytest.mark.parametrize("model", [SecurityEvent, UserLoginHistory])
async def test_records_are_found_by_period(admin, victim, model):
    column = model._meta.ordering[0].removeprefix("-")
    day = datetime.now(UTC)

    everything = shown(await admin.get(page(model), q=victim.user.username))
    today = {f"{column}__year": str(day.year), f"{column}__month": str(day.month), f"{column}__day": str(day.day)}
    found = shown(await admin.get(page(model), q=victim.user.username, **today))
    before = shown(await admin.get(page(model), q=victim.user.username, **{f"{column}__year": "1999"}))

    assert f"{day:%B} {day.day}" in everything  # the hierarchy begins where the rows differ
    assert "/change/" in found
    assert 'id="result_list"' not in before


@pytest.mark.parametrize("path", ["", "accounts/", "accounts/user/add/", "password_change/", "jsi18n/", "auth/group/"])
async def test_the_other_pages_are_there(admin, path):
    assert (await admin.get(path)).status_code == 200


async def test_the_slash_may_be_left_out(admin):
    answer = await admin.client.get("/admin")

    assert (answer.status_code, answer.headers["location"]) == (302, "/admin/")


async def test_the_page_for_a_new_password_is_there(admin, victim):
    assert (await admin.get(f"{page(User)}{victim.user.pk}/password/")).status_code == 200


@pytest.mark.parametrize("model", [User, *READ_ONLY])
async def test_a_list_costs_the_same_number_of_statements_for_any_number_of_rows(account, client, model):
    for _ in range(4):
        await logout(client, (await login(client, await account()))["access_token"])

    async def enough() -> bool:
        return await model.objects.acount() > 3

    await eventually(enough)
    assert await statements(model, rows=3) == await statements(model, rows=1)


@sync_to_async
def statements(model, *, rows):
    """How many the list of a table sends to the database to show so many rows."""
    request = RequestFactory().get(f"/admin/{page(model)}")
    request.user = User(is_active=True, is_staff=True, is_superuser=True)
    listing = site.get_model_admin(model)
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as captured:
        patch.setattr(type(listing), "list_per_page", rows)
        cast(TemplateResponse, listing.changelist_view(request)).render()
    return len(captured)


@pytest.mark.parametrize("model", READ_ONLY)
async def test_records_cannot_be_written(admin, victim, model):
    row = await model.objects.filter(user_id=victim.user.pk).afirst()

    for path in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert (await admin.post(f"{page(model)}{path}", reason="x")).status_code == 403
    await admin.delete_selected(row)

    assert await model.objects.filter(pk=row.pk).aexists()


async def test_a_form_without_the_token_is_refused(admin):
    answer = await admin.client.post(f"/admin/{page(User)}", data={"action": "disable"})

    assert answer.status_code == 403


async def test_pages_let_browsers_send_the_origin_that_the_check_of_forms_needs(admin):
    answer = await admin.get("")

    assert answer.headers["referrer-policy"] == "same-origin"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


async def test_static_files_come_with_their_type(client):
    answer = await client.get("/static/admin/css/base.css")

    assert (answer.status_code, answer.headers["content-type"]) == (200, 'text/css; charset="utf-8"')


async def test_the_page_of_an_account_shows_its_sessions_and_events(admin, victim):
    answer = await admin.get(f"accounts/user/{victim.user.pk}/change/")
    sessions = [session.pk async for session in Session.objects.filter(user_id=victim.user.pk)]

    text = shown(answer)
    assert len(sessions) > 1
    assert all(f"/admin/accounts/session/{pk}/change/" in text for pk in sessions)
    assert "Registration" in text
    assert f"/admin/accounts/securityevent/?q={victim.user.username}" in text
