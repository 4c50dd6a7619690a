"""What administrators do takes effect on live tokens within a second, and is recorded."""

from functools import partial

import pytest

from auth.models import SecurityEvent, Session, User
from tests.conftest import PASSWORD, bearer
from tests.integration.admin.browser import change_form, page, shown
from tests.integration.calls import claims, login, me
from tests.pace import within


async def answers(client, token, status, *, path="me"):
    """Ask with a live token until the answer has this status, for a second."""

    async def asked():
        return (await client.get(f"/api/auth/{path}", headers=bearer(token))).status_code == status

    await within(1.0, asked)


@pytest.mark.parametrize("action", ["disable", "end_sessions"])
async def test_an_action_on_accounts_ends_live_tokens(admin, client, victim, action):
    assert (await admin.act(action, victim.user)).status_code == 302

    await answers(client, victim.access_token, 401)


async def test_an_action_can_be_run_from_the_page_of_an_account(admin, client, victim):
    form = {"CHANGE_FORM-action": "end_sessions", "_selected_action": str(victim.user.pk), "index": "0"}

    await admin.post(f"{page(User)}{victim.user.pk}/change/", **form)

    await answers(client, victim.access_token, 401)


async def test_ending_a_session_ends_its_tokens_and_no_others(admin, client, victim):
    other = (await login(client, victim))["access_token"]
    session = await Session.objects.aget(pk=claims(victim.access_token)["sid"])

    await admin.act("end", session)

    await answers(client, victim.access_token, 401)
    assert (await me(client, other)).status_code == 200
    await session.arefresh_from_db()
    assert session.revoked_reason == "admin"


async def test_promoting_and_demoting_change_what_a_live_token_may_do(admin, client, victim):
    is_answered = partial(answers, client, victim.access_token, path="admin-only")
    await is_answered(403)

    await admin.act("promote", victim.user)
    await is_answered(200)
    await admin.act("demote", victim.user)
    await is_answered(403)


async def test_an_enabled_account_can_log_in_again_but_its_old_tokens_stay_dead(admin, client, victim):
    await admin.act("disable", victim.user)
    await admin.act("enable", victim.user)

    new = await login(client, victim)
    await answers(client, victim.access_token, 401)
    assert (await me(client, new["access_token"])).status_code == 200


async def test_enabling_an_account_that_is_enabled_ends_nothing(admin, client, victim):
    epoch = victim.user.epoch

    await admin.act("enable", victim.user)

    await victim.user.arefresh_from_db()
    assert victim.user.epoch == epoch
    assert (await me(client, victim.access_token)).status_code == 200


@pytest.mark.parametrize("from_list", [True, False])
async def test_deleting_an_account_ends_its_tokens_and_leaves_a_record(admin, client, victim, from_list):
    if from_list:
        await admin.delete_selected(victim.user)
    else:
        await admin.post(f"{page(User)}{victim.user.pk}/delete/", post="yes")

    assert not await User.objects.filter(pk=victim.user.pk).aexists()
    await answers(client, victim.access_token, 401)
    event = await SecurityEvent.objects.aget(details__user_id=victim.user.pk)
    assert (event.details["act"], event.details["actor"]) == ("deleted", admin.user.pk)


async def test_the_pages_that_ask_before_a_deletion_name_the_account(admin, victim):
    of_one = await admin.get(f"{page(User)}{victim.user.pk}/delete/")
    of_selected = await admin.act("delete_selected", victim.user)

    assert victim.user.username in shown(of_one)
    assert victim.user.username in shown(of_selected)


async def test_the_change_form_disables_at_once(admin, client, victim):
    form = change_form(victim.user)
    del form["is_active"]

    assert (await admin.post(f"{page(User)}{victim.user.pk}/change/", **form)).status_code == 302

    await answers(client, victim.access_token, 401)
    event = await SecurityEvent.objects.aget(user=victim.user, event_type="account_changed")
    assert event.details == {"act": "changed", "actor": admin.user.pk, "fields": ["Active"]}


async def test_a_password_set_by_an_admin_ends_the_sessions_and_is_recorded_without_it(admin, client, victim):
    new = f"new {PASSWORD}"

    answer = await admin.post(f"{page(User)}{victim.user.pk}/password/", password1=new, password2=new)

    assert answer.status_code == 302
    await answers(client, victim.access_token, 401)
    event = await SecurityEvent.objects.aget(user=victim.user, event_type="account_changed")
    assert event.details == {"act": "changed", "actor": admin.user.pk, "fields": ["password"]}
    assert event.ip_address == admin.address
    await login(client, victim, password=new)


async def test_every_action_is_recorded_with_its_actor(admin, victim):
    for action in ("promote", "demote", "disable", "enable", "end_sessions"):
        await admin.act(action, victim.user)

    acts = SecurityEvent.objects.filter(user=victim.user, event_type="account_changed").order_by("pk")
    expected = ("promoted", "demoted", "disabled", "enabled", "all sessions ended")
    assert [event.details async for event in acts] == [{"act": act, "actor": admin.user.pk} for act in expected]
    history = shown(await admin.get(f"{page(User)}{victim.user.pk}/history/"))
    assert "All sessions ended." in history
