"""What a login stage can do: let pass, refuse, or ask for more; and that no way to a session passes it by."""

import pytest

from auth.core.policies import Quota
from auth.errors import InsufficientAuthorization, InvalidCredentials, NotFound, RateLimited
from auth.models import SecurityEvent, Session, User, UserLoginHistory
from auth.sessions.stages import EntryPoint
from tests.conftest import client_of, eventually, limited, registration, serving, unique_address, unique_name
from tests.integration.calls import change_password, login, refresh, shape, try_login
from tests.integration.sessions.login_stages import raising

MORE = InsufficientAuthorization("second_factor")
ASKED = {
    "error": "insufficient_authorization",
    "message": "This login requires another step. details.required names it.",
    "details": {"required": "second_factor"},
}


async def sessions(account):
    return await Session.objects.filter(user=account.user).acount()


async def test_a_stage_that_asks_for_more_says_what_and_makes_no_session(client, account):
    ann = await account()
    with raising(MORE):
        answer = await try_login(client, ann.user.username)

    assert (answer.status_code, answer.json()) == (403, ASKED)
    assert "www-authenticate" not in answer.headers
    assert await sessions(ann) == 1  # of the registration


async def test_in_cookie_mode_it_sets_no_cookie(client, account):
    ann = await account()
    headers = {"Authgate-Token-Mode": "cookie", "Origin": "http://testserver"}
    body = {"username": ann.user.username, "password": "correct horse battery staple"}
    with raising(MORE):
        asked = await client.post("/api/auth/login", json=body, headers=headers)
    passed = await client.post("/api/auth/login", json=body, headers=headers)

    assert (asked.status_code, "set-cookie" in asked.headers) == (403, False)
    assert (passed.status_code, "set-cookie" in passed.headers) == (200, True)


async def test_what_is_asked_for_is_recorded_as_a_login_that_failed(client, account):
    ann = await account()
    with raising(MORE):
        await try_login(client, ann.user.username)

    row = await eventually(UserLoginHistory.objects.filter(user=ann.user).afirst)
    assert (row.is_successful, row.reason) == (False, "insufficient_authorization")


async def test_a_refusal_looks_like_a_wrong_password_and_is_recorded_with_its_reason(settings):
    policies = limited(settings.AUTH, login=Quota(10, 60))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        wanted = registration()
        await client.post("/api/auth/register", json=wanted)
        with raising(InvalidCredentials("too_old")):
            refused = await try_login(client, wanted["username"])

        assert shape(refused) == shape(await try_login(client, unique_name()))
        row = await eventually(UserLoginHistory.objects.filter(user__username=wanted["username"]).afirst)
    assert (row.is_successful, row.reason) == (False, "too_old")


async def test_another_error_is_answered_as_it_is(client, account):
    ann = await account()
    with raising(NotFound("There is nobody here.")):
        answer = await try_login(client, ann.user.username)

    assert (answer.status_code, answer.json()["message"]) == (404, "There is nobody here.")
    assert await sessions(ann) == 1


@pytest.mark.parametrize("changes", [{}, {"is_active": False}])
async def test_a_stage_sees_no_login_that_was_refused_before(client, account, changes):
    ann = await account(**changes)
    with raising(MORE) as seen:
        await try_login(client, ann.user.username, "not the password")
        if changes:
            await try_login(client, ann.user.username)

    assert seen == []


@pytest.mark.parametrize("error", [MORE, RateLimited(1, policy="codes")])
async def test_whoever_is_asked_for_more_has_not_given_a_wrong_password(settings, error):
    policies = limited(settings.AUTH, login=Quota(2, 60))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        wanted = registration()
        await client.post("/api/auth/register", json=wanted)
        with raising(error):
            seen = [(await try_login(client, wanted["username"])).status_code for _ in range(4)]

        assert seen == [error.status] * 4
        assert (await try_login(client, wanted["username"])).status_code == 200


@pytest.mark.parametrize(("error", "status"), [(MORE, 429), (None, 200)])
async def test_an_address_is_known_once_a_login_has_passed_every_stage(settings, error, status):
    """One that is known is not locked out by what strangers try elsewhere."""
    policies = limited(settings.AUTH, login_account=Quota(2, 86400))
    name = unique_name()
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        await client.post("/api/auth/register", json=registration(username=name))
        if error:
            with raising(error):
                assert (await try_login(client, name)).status_code == 403
        else:
            assert (await try_login(client, name)).status_code == 200
        async with client_of(served, address=unique_address()) as stranger:
            assert [(await try_login(stranger, name, "wrong")).status_code for _ in range(2)] == [401, 401]

        assert (await try_login(client, name)).status_code == status


async def test_a_registration_that_is_asked_for_more_leaves_an_account_without_a_session(client):
    wanted = registration()
    with raising(MORE) as seen:
        answer = await client.post("/api/auth/register", json=wanted)

    assert (answer.status_code, answer.json()) == (403, ASKED)
    assert [login.entry_point for login in seen] == [EntryPoint.REGISTRATION]
    user = await User.objects.aget(username=wanted["username"])
    assert not await Session.objects.filter(user=user).aexists()
    assert await eventually(SecurityEvent.objects.filter(user=user, event_type="registration").aexists)
    assert (await try_login(client, wanted["username"])).status_code == 200


async def test_a_registration_that_is_refused_leaves_no_account(client):
    wanted = registration()
    with raising(InvalidCredentials()):
        assert (await client.post("/api/auth/register", json=wanted)).status_code == 401

    assert not await User.objects.filter(username=wanted["username"]).aexists()
    assert (await client.post("/api/auth/register", json=wanted)).status_code == 201


async def test_a_taken_name_is_told_of_alike_when_more_is_asked_for(client, account):
    ann = await account()
    with raising(MORE):
        answer = await client.post("/api/auth/register", json=registration(username=ann.user.username))

    assert (answer.status_code, answer.json()["error"]) == (409, "conflict")


async def test_a_session_that_has_begun_goes_on(client, account):
    """A stage that concerns sessions there are has to end them when it is switched on."""
    ann = await account()
    pair = await login(client, ann)
    with raising(MORE) as seen:
        refreshed = (await refresh(client, pair["refresh_token"])).json()
        changed = await change_password(client, refreshed["access_token"])

    assert changed.status_code == 200
    assert seen == []
