"""The forms of accounts."""

import pytest

from auth.models import User
from tests.conftest import PASSWORD, Account, unique_name
from tests.integration.admin.browser import change_form, page, shown
from tests.integration.calls import login

PASSWORDS = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}


async def test_a_new_account_can_log_in(admin, client):
    name = unique_name("Ann")
    email = f"{name}@example.com"

    answer = await admin.post(f"{page(User)}add/", username=name, email=email, **PASSWORDS)

    assert answer.status_code == 302
    user = await User.objects.aget(username=name)
    assert (await login(client, Account(user, "", "")))["user"]["email"] == email


def other_case(name: str) -> str:
    return name.swapcase()


def full_width(name: str) -> str:
    return name.replace("u", "\N{FULLWIDTH LATIN SMALL LETTER U}")


@pytest.mark.parametrize("spell", [str, other_case, full_width])
@pytest.mark.parametrize("column", ["username", "email"])
async def test_a_taken_name_in_any_spelling_is_an_error_at_its_field(admin, victim, spell, column):
    name = unique_name()
    wanted = {"username": name, "email": f"{name}@example.com", column: spell(getattr(victim.user, column))}

    added = await admin.post(f"{page(User)}add/", **wanted, **PASSWORDS)
    changed = await admin.post(f"{page(User)}{admin.user.pk}/change/", **change_form(admin.user, **wanted))

    for answer in (added, changed):
        assert "Another account has this" in shown(answer)


async def test_an_account_keeps_its_own_name_in_another_spelling(admin, victim):
    new = victim.user.username.upper()

    await admin.post(f"{page(User)}{victim.user.pk}/change/", **change_form(victim.user, username=new))

    assert (await User.objects.aget(pk=victim.user.pk)).username == new


async def test_two_accounts_may_have_no_address(admin, account):
    for _ in range(2):
        someone = (await account()).user
        answer = await admin.post(f"{page(User)}{someone.pk}/change/", **change_form(someone, email=""))
        assert answer.status_code == 302


@pytest.mark.parametrize("email", ["a@" + "ﷺ" * 60 + ".com", "a" * 250 + "@example.com", "no address"])
@pytest.mark.parametrize("username", ["ﷴ" * 150, "a@b", "with space"])
async def test_what_does_not_fit_is_an_error_at_its_field(admin, victim, email, username):
    form = change_form(victim.user, email=email, username=username)

    answer = await admin.post(f"{page(User)}{victim.user.pk}/change/", **form)

    assert shown(answer).count('class="errorlist"') == 2


@pytest.mark.parametrize("password", ["short", "password12345", "x" * 1025])
async def test_a_weak_password_is_refused_at_its_field(admin, victim, password):
    answer = await admin.post(f"{page(User)}{victim.user.pk}/password/", password1=password, password2=password)

    assert 'class="errorlist"' in shown(answer)


async def test_whether_an_address_is_verified_is_shown_and_cannot_be_set(admin, victim):
    path = f"{page(User)}{victim.user.pk}/change/"
    await admin.post(path, **change_form(victim.user, email_verified_at="2026-01-01"))

    assert "Email verified at:" in shown(await admin.get(path))
    assert (await User.objects.aget(pk=victim.user.pk)).email_verified_at is None
