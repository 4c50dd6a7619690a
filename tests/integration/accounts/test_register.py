"""POST /api/auth/register."""

import pytest
from django.contrib.auth.hashers import identify_hasher

from auth.models import User
from tests.conftest import PASSWORD, registration, unique_name
from tests.integration.calls import me, problems, register, try_login


async def test_a_registration_answers_with_tokens_and_the_user(client):
    wanted = registration(first_name="Ann", last_name="Lee")

    answer = await client.post("/api/auth/register", json=wanted)

    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() >= {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert body["token_type"] == "Bearer"
    assert body["user"] == {
        "id": body["user"]["id"],
        "username": wanted["username"],
        "email": wanted["email"],
        "first_name": "Ann",
        "last_name": "Lee",
        "is_staff": False,
        "is_active": True,
        "date_joined": body["user"]["date_joined"],
    }


async def test_the_new_account_is_logged_in(client):
    body = (await register(client)).json()

    answer = await me(client, body["access_token"])

    assert answer.status_code == 200
    assert answer.json() == body["user"]


async def test_the_password_is_stored_with_the_first_hasher(client):
    body = (await register(client)).json()

    user = await User.objects.aget(pk=body["user"]["id"])

    assert identify_hasher(user.password).algorithm == "md5"  # settings/test.py; Argon2id elsewhere


async def test_the_names_may_be_left_out_or_null(client):
    answer = await register(client, first_name=None)

    assert answer.status_code == 201
    assert (answer.json()["user"]["first_name"], answer.json()["user"]["last_name"]) == ("", "")


async def test_a_taken_name_and_a_taken_address_get_the_same_answer(client):
    taken = registration()
    assert (await client.post("/api/auth/register", json=taken)).status_code == 201

    name = await register(client, username=taken["username"])
    address = await register(client, email=taken["email"])

    assert name.status_code == address.status_code == 409
    assert name.json() == address.json()
    assert name.json()["error"] == "conflict"


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        pytest.param("{}lovelace", "{}LoveLace", id="case"),
        pytest.param("{}lovelace", "{}ｌｏｖｅｌａｃｅ", id="full width"),
        pytest.param("{}office", "{}oﬃce", id="ligature"),
        pytest.param("{}strasse", "{}Straße", id="sharp s"),
        pytest.param("{}σ", "{}ς", id="final sigma"),
        pytest.param("{}\u00e9", "{}e\u0301", id="decomposed"),
        pytest.param("{}k", "{}\u212a", id="Kelvin sign"),
        pytest.param("{}s", "{}ſ", id="long s"),
    ],
)
async def test_another_spelling_of_a_taken_name_is_taken(client, stored, wanted):
    name = unique_name()
    assert (await register(client, username=stored.format(name))).status_code == 201

    assert (await register(client, username=wanted.format(name))).status_code == 409


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param("{}Kay@example.com", id="case of the local part"),
        pytest.param("{}kay@EXAMPLE.COM", id="case of the domain"),
        pytest.param("{}ｋａｙ@example.com", id="full width"),
        pytest.param("{}\u212aay@example.com", id="Kelvin sign"),
    ],
)
async def test_another_spelling_of_a_taken_address_is_taken(client, wanted):
    name = unique_name()
    assert (await register(client, email=f"{name}kay@example.com")).status_code == 201

    assert (await register(client, email=wanted.format(name))).status_code == 409


async def test_a_refused_registration_leaves_nothing(client):
    taken = registration()
    assert (await client.post("/api/auth/register", json=taken)).status_code == 201
    wanted = registration(email=taken["email"])
    assert (await client.post("/api/auth/register", json=wanted)).status_code == 409

    answer = await client.post("/api/auth/register", json={**wanted, "email": f"{wanted['username']}@example.com"})

    assert answer.status_code == 201


@pytest.mark.parametrize("missing", ["username", "email", "password", "password_confirm"])
async def test_a_missing_field_is_named(client, missing):
    body = registration()
    del body[missing]

    answer = await client.post("/api/auth/register", json=body)

    assert problems(answer) == {missing: "missing"}


@pytest.mark.parametrize(
    "username",
    ["", "a b", "a@b", "a/b", "a\nb", "a\u200bb", "a\u202eb", "<b>", "a" * 151, "ﬃ" * 100],
)
async def test_a_bad_username_is_refused(client, username):
    assert "username" in problems(await register(client, username=username))


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "@example.com",
        "ann@example",
        "a b@example.com",
        "ann@exam ple.com",
        "ann@@example.com",
        "ann@example.com\r\nBcc: x@example.com",
        "a" * 245 + "@example.com",
        "ﬃ" * 85 + "@example.com",
    ],
)
async def test_a_bad_address_is_refused(client, email):
    assert "email" in problems(await register(client, email=email))


@pytest.mark.parametrize("field", ["first_name", "last_name"])
@pytest.mark.parametrize("name", ["a" * 151, "a\nb", "a\x1bb", "a\u202eb", "a\u2066b", "\ufeffa", "a\u2028b"])
async def test_a_person_name_that_hides_or_breaks_lines_is_refused(client, field, name):
    assert field in problems(await register(client, **{field: name}))


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short pw", "password_too_short"),
        ("1234567890", "password_too_common"),
        ("qwertyuiop", "password_too_common"),
        ("a" * 1025, "string_too_long"),
    ],
)
async def test_a_weak_password_is_refused(client, password, code):
    answer = await register(client, password=password, password_confirm=password)

    assert problems(answer)["password"] == code


@pytest.mark.parametrize("field", ["username", "email", "first_name", "last_name"])
async def test_a_password_made_of_own_data_is_refused(client, field):
    own = unique_name("wolfeschlegelstein")
    value = f"{own}@example.com" if field == "email" else own

    answer = await register(client, **{field: value, "password": f"{own}1", "password_confirm": f"{own}1"})

    assert problems(answer) == {"password": "password_too_similar"}


async def test_two_different_passwords_are_refused(client):
    answer = await register(client, password_confirm=f"{PASSWORD} ")

    assert problems(answer) == {"password_confirm": "value_error"}


@pytest.mark.parametrize("password", ["пароль из слов", "  spaces at both ends  ", "🐎🔋📎🎉 zebra", "ＡＢＣdefghij"])
async def test_any_unicode_is_a_password_and_is_taken_exactly(client, password):
    body = registration(password=password, password_confirm=password)
    assert (await client.post("/api/auth/register", json=body)).status_code == 201

    assert (await try_login(client, body["username"], password)).status_code == 200


@pytest.mark.parametrize(
    ("password", "other"),
    [
        pytest.param("long enough word", "long enough word ", id="trailing space"),
        pytest.param("long enough word", "Long enough word", id="case"),
        pytest.param("x" * 1023 + "a", "x" * 1023 + "b", id="the last of 1024 characters"),
    ],
)
async def test_no_part_of_a_password_is_changed_or_cut(client, password, other):
    body = registration(password=password, password_confirm=password)
    assert (await client.post("/api/auth/register", json=body)).status_code == 201

    assert (await try_login(client, body["username"], other)).status_code == 401


async def test_members_that_are_not_the_callers_to_set_have_no_effect(client):
    answer = await register(
        client, id=1, is_staff=True, is_superuser=True, is_active=False, epoch=9, version=9, groups=[1], date_joined=0
    )

    user = await User.objects.aget(pk=answer.json()["user"]["id"])
    assert (user.is_staff, user.is_superuser, user.is_active, user.epoch, user.version) == (False, False, True, 0, 0)
    assert user.pk != 1


async def test_the_answer_to_bad_input_does_not_repeat_it(client):
    answer = await register(client, password="hunter2hunter2\n\x00", password_confirm="hunter2hunter3")

    assert answer.status_code == 422
    assert "hunter2" not in answer.text
