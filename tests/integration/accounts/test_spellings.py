"""One mailbox is one account, however its address is spelled; two mailboxes are two; a password has one spelling."""

import unicodedata

import pytest
from django.contrib.auth.hashers import make_password

from auth.models import User
from tests.conftest import PASSWORD, unique_name
from tests.integration.calls import problems, register, try_login
from tests.integration.mail import ask_for_reset, sent

ONE = [
    pytest.param("{}@bücher.example", "{}@xn--bcher-kva.example", id="ASCII form of a domain"),
    pytest.param("{}@xn--bcher-kva.example", "{}@BÜCHER.example", id="a domain in capitals"),
    pytest.param("{}@example.com", '"{}"@example.com', id="quotes without need"),
    pytest.param('"{}"@example.com', "{}@example.com", id="quotes taken off"),
]
COMPOSED = f"café {PASSWORD}"
COMBINING = unicodedata.normalize("NFD", COMPOSED)


@pytest.mark.parametrize(("stored", "other"), ONE)
async def test_one_mailbox_has_one_account(client, stored, other):
    name = unique_name()
    assert (await register(client, email=stored.format(name))).status_code == 201

    assert (await register(client, email=other.format(name))).status_code == 409
    assert (await try_login(client, other.format(name))).status_code == 200


@pytest.mark.parametrize(("one", "other"), [("{}@straße.example", "{}@strasse.example")])
async def test_two_mailboxes_have_two_accounts(client, one, other):
    name = unique_name()
    ids = [(await register(client, email=email.format(name))).json()["user"]["id"] for email in (one, other)]

    assert [(await try_login(client, email.format(name))).json()["user"]["id"] for email in (one, other)] == ids


async def test_mail_goes_to_the_mailbox_of_the_account_and_not_to_the_like_of_it(client, runtime):
    """Django would send what is for straße.example to strasse.example."""
    name = unique_name()
    assert (await register(client, email=f"{name}@straße.example")).status_code == 201

    await ask_for_reset(client, f"{name}@STRAßE.example")

    [message] = await sent(runtime, f"{name}@xn--strae-oqa.example")
    assert message.message()["To"] == f"{name}@xn--strae-oqa.example"


@pytest.mark.parametrize(
    "email", ["a" * 65 + "@example.com", "n@☕.example", "n@xn--0.example", "n@" + "ü" * 60 + ".example"]
)
async def test_an_address_that_no_mail_reaches_is_refused(client, email):
    assert problems(await register(client, email=email)) == {"email": "value_error"}


async def test_a_local_part_of_64_octets_is_taken(client):
    name = unique_name().ljust(64, "a")

    assert (await register(client, email=f"{name}@example.com")).status_code == 201


@pytest.mark.parametrize("typed", [" {}", "{} ", "\t{}\r\n", "\u00a0{}\u3000"])
async def test_blanks_around_a_login_name_are_ignored(client, account, typed):
    ann = await account()

    assert (await try_login(client, typed.format(ann.user.username))).status_code == 200
    assert (await try_login(client, typed.format(ann.user.email))).status_code == 200


async def test_a_login_name_of_blanks_is_none(client):
    assert problems(await try_login(client, "  ")) == {"username": "string_too_short"}


@pytest.mark.parametrize(("chosen", "typed"), [(COMPOSED, COMBINING), (COMBINING, COMPOSED)])
async def test_a_password_is_right_in_either_form_of_its_letters(client, chosen, typed):
    answer = await register(client, password=chosen, password_confirm=chosen)

    assert (await try_login(client, answer.json()["user"]["username"], typed)).status_code == 200


async def test_an_older_hash_is_replaced_at_the_first_login(client, account):
    ann = await account()
    await User.objects.filter(pk=ann.user.pk).aupdate(password=make_password(COMBINING))  # as it was hashed before

    assert (await try_login(client, ann.user.username, COMPOSED)).status_code == 401
    assert (await try_login(client, ann.user.username, COMBINING)).status_code == 200
    assert (await try_login(client, ann.user.username, COMPOSED)).status_code == 200
