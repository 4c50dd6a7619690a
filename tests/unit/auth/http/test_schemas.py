"""What a request body may hold: nothing coerced, nothing cut, nothing hidden."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from auth.accounts.schemas import ChangePasswordSchema, RegisterSchema
from auth.core.password_rules import MAX_LENGTH
from auth.sessions.schemas import LoginSchema, LogoutSchema, RefreshTokenSchema

LOGIN = {"username": "ann", "password": "secret"}
GOOD = "plenty of horses, all correct"
REGISTER = {"username": "ann", "email": "ann@example.com", "password": GOOD, "password_confirm": GOOD}
CHANGE = {"old_password": "old", "new_password": GOOD, "new_password_confirm": GOOD}
BODIES = [
    (LoginSchema, LOGIN),
    (RegisterSchema, REGISTER),
    (RefreshTokenSchema, {"refresh_token": "x"}),
    (ChangePasswordSchema, CHANGE),
]
FIELDS = [(schema, body, name) for schema, body in BODIES for name in body]
HIDDEN = [
    "\0",
    "\n",
    "\r",
    "\t",
    "\x1b",
    "\x7f",
    "\x85",
    "\u2028",
    "\u2029",
    "\u200b",
    "\u200e",
    "\u202e",
    "\u2066",
    "\u061c",
    "\u00ad",
    "\u2062",
    "\U000e0041",
    "\ufeff",
    "\u115f",
    "\u3164",
    "\uffa0",
]
NAMES = ["ann", "a", "a.b+c-d_e", "Élise", "ann\u0301", "李雷", "Ａｎｎ", "١٢٣", "x" * 150]
NO_NAMES = [
    "",
    " ",
    "ann ",
    " ann",
    "a b",
    "a@b",
    "a/b",
    "<a>",
    "a\u200bb",
    "a\u202eb",
    "a\0",
    "a\n",
    "😀",
    "\u115fann",
    "ann\u3164",
    "x" * 151,
    "'--",
]
NO_MAILS = [
    "",
    "a",
    "a@",
    "@b.co",
    "a@b",
    "a b@c.co",
    "a@b.co\n",
    "a@b.co\r\nBcc: x@y.zz",
    "a@b.co\0",
    "a@@b.co",
    "a@b..co",
    "a@b.co,c@d.co",
    "<a@b.co>",
    "a@exam\u200bple.co",
    "a@exam\u00adple.co",
    "a@exam\u200dple.co",
    '"\x01"@b.co',
    "a" * 250 + "@b.co",
]


def problems(schema, body):
    """The names of the fields that are refused."""
    with pytest.raises(ValidationError) as refused:
        schema.model_validate(body)
    return {problem["loc"][0] for problem in refused.value.errors()}


@pytest.mark.parametrize(("schema", "body"), BODIES)
def test_a_good_body_is_taken_as_it_is(schema, body):
    assert schema.model_validate(body).model_dump(include=set(body)) == body


@pytest.mark.parametrize(("schema", "body", "name"), FIELDS)
def test_every_field_is_needed(schema, body, name):
    assert problems(schema, {key: value for key, value in body.items() if key != name}) == {name}


@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], ["ann"], {}, {"$ne": ""}, b"ann"], ids=repr)
@pytest.mark.parametrize(("schema", "body", "name"), FIELDS)
def test_no_type_is_coerced(schema, body, name, value):
    assert name in problems(schema, {**body, name: value})


@pytest.mark.parametrize(("schema", "body", "name"), FIELDS)
def test_no_field_may_be_empty(schema, body, name):
    assert name in problems(schema, {**body, name: ""})


@pytest.mark.parametrize("name", ["username", "password"])
def test_nul_is_refused_at_login(name):
    assert problems(LoginSchema, {**LOGIN, name: "a\0b"}) == {name}


@pytest.mark.parametrize(("schema", "body", "name"), FIELDS)
def test_a_lone_surrogate_is_refused_everywhere(schema, body, name):
    assert name in problems(schema, {**body, name: json.loads('"\\ud800"')})


@pytest.mark.parametrize("name", ["is_staff", "is_superuser", "is_active", "id", "groups", "version", "epoch"])
def test_an_unknown_member_has_no_effect(name):
    assert not hasattr(RegisterSchema.model_validate({**REGISTER, name: True}), name)


def test_a_refusal_never_repeats_what_was_sent():
    with pytest.raises(ValidationError) as refused:
        RegisterSchema.model_validate({**REGISTER, "password_confirm": "hunter2"})

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("schema", [LoginSchema, RegisterSchema, ChangePasswordSchema])
def test_the_longest_password_is_taken_and_a_longer_one_refused(schema):
    body = {LoginSchema: LOGIN, RegisterSchema: REGISTER, ChangePasswordSchema: CHANGE}[schema]
    names = {name for name in body if "password" in name}

    assert schema.model_validate({**body, **dict.fromkeys(names, "😀" * MAX_LENGTH)})
    assert problems(schema, {**body, **dict.fromkeys(names, "x" * (MAX_LENGTH + 1))}) == names


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=MAX_LENGTH))
def test_a_password_arrives_exactly_as_it_was_sent(password):
    assert LoginSchema.model_validate({**LOGIN, "password": password}).password == password


@pytest.mark.parametrize(("one", "other"), [("e\u0301", "\u00e9"), ("ﬁ", "fi"), (" x", "x"), ("A", "a")])
def test_passwords_of_other_spelling_are_not_the_same(one, other):
    passwords = {"password": GOOD + one, "password_confirm": GOOD + other}

    assert problems(RegisterSchema, {**REGISTER, **passwords}) == {"password_confirm"}


def test_a_new_password_is_confirmed():
    assert problems(ChangePasswordSchema, {**CHANGE, "new_password_confirm": "other"}) == {"new_password_confirm"}


@pytest.mark.parametrize("name", NAMES)
def test_a_username_of_letters_and_digits_of_any_script_is_taken(name):
    assert RegisterSchema.model_validate({**REGISTER, "username": name}).username


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
def test_a_username_of_anything_else_is_refused(name):
    assert problems(RegisterSchema, {**REGISTER, "username": name}) == {"username"}


@pytest.mark.parametrize(("sent", "kept"), [("Ａｎｎ", "Ann"), ("ﬁsh", "fish"), ("e\u0301", "é"), ("Ann", "Ann")])
def test_a_username_is_kept_in_nfkc_and_in_its_own_case(sent, kept):
    assert RegisterSchema.model_validate({**REGISTER, "username": sent}).username == kept


@pytest.mark.parametrize("letter", ["ﬃ", "㎢"])
def test_a_username_that_nfkc_makes_too_long_is_refused(letter):
    assert problems(RegisterSchema, {**REGISTER, "username": letter * 150}) == {"username"}


def test_an_e_mail_address_that_nfkc_makes_too_long_is_refused():
    address = "ﬃ" * 85 + "@example.com"

    assert problems(RegisterSchema, {**REGISTER, "email": address}) == {"email"}


@pytest.mark.parametrize(
    "address", ["a@b.co", "Ann+x@Example.COM", "a@sub.example.org", "a@münchen.de", "a@[127.0.0.1]"]
)
def test_an_e_mail_address_is_taken(address):
    assert RegisterSchema.model_validate({**REGISTER, "email": address}).email == address


@pytest.mark.parametrize("address", NO_MAILS, ids=ascii)
def test_what_is_no_e_mail_address_is_refused(address):
    assert problems(RegisterSchema, {**REGISTER, "email": address}) == {"email"}


@pytest.mark.parametrize("name", ["first_name", "last_name"])
@pytest.mark.parametrize("value", [None, "", "Ann", "O'Hara-Łuczak", "王 小明", "👩‍💻", "x" * 150], ids=ascii)
def test_a_person_s_name_is_taken_as_it_is(name, value):
    assert getattr(RegisterSchema.model_validate({**REGISTER, name: value}), name) == value


@pytest.mark.parametrize("name", ["first_name", "last_name"])
@pytest.mark.parametrize("character", HIDDEN, ids=ascii)
def test_a_person_s_name_hides_and_reorders_nothing(name, character):
    assert problems(RegisterSchema, {**REGISTER, name: f"A{character}nn"}) == {name}


def test_a_person_s_name_has_150_characters_at_most():
    assert problems(RegisterSchema, {**REGISTER, "first_name": "x" * 151}) == {"first_name"}


@pytest.mark.parametrize(("length", "fits"), [(4096, True), (4097, False)])
def test_a_refresh_token_has_4096_characters_at_most(length, fits):
    assert _is_taken(RefreshTokenSchema, {"refresh_token": "x" * length}) is fits


@pytest.mark.parametrize("body", [{}, {"refresh_token": None}, {"refresh_token": ""}, {"refresh_token": "x"}])
def test_logout_needs_no_refresh_token(body):
    assert _is_taken(LogoutSchema, body)


def _is_taken(schema, body):
    try:
        schema.model_validate(body)
    except ValidationError:
        return False
    return True
