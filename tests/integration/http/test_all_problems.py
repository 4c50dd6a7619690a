"""Whatever is wrong with a body is told in one answer: a form shows all of it at once."""

import pytest

from tests.conftest import PASSWORD, registration
from tests.integration.calls import problems

SHORT = "short"


async def test_a_registration_is_told_of_every_broken_field(client):
    body = registration(username="a b", email="nobody", password=SHORT, password_confirm="other", last_name="x" * 151)

    answer = await client.post("/api/auth/register", json=body)

    assert problems(answer).keys() == {"username", "email", "password", "password_confirm", "last_name"}
    assert problems(answer)["password"] == "password_too_short"
    assert SHORT not in answer.text.replace("too short", "").replace("too_short", "")


async def test_a_password_like_the_account_is_told_with_a_bad_address(client):
    answer = await client.post(
        "/api/auth/register",
        json=registration(username="lovelace.ada", email="nobody", password="lovelace.ada1", password_confirm="x"),
    )

    assert problems(answer) == {
        "email": "value_error",
        "password": "password_too_similar",
        "password_confirm": "value_error",
    }


@pytest.mark.parametrize("route", ["change-password", "password-reset/confirm"])
async def test_so_is_whoever_sets_a_password(client, account, route):
    ann = await account()
    body = {"new_password": SHORT, "new_password_confirm": PASSWORD}

    answer = await client.post(f"/api/auth/{route}", json=body, headers=ann.bearer)

    missing = {"change-password": "old_password", "password-reset/confirm": "token"}[route]
    assert problems(answer) == {
        missing: "missing",
        "new_password": "password_too_short",
        "new_password_confirm": "value_error",
    }


@pytest.mark.parametrize("password", [None, 1, "", "a\0b", "x" * 1025, ["x"]])
async def test_a_password_that_cannot_be_read_is_told_once(client, password):
    answer = await client.post("/api/auth/register", json=registration(password=password, email="nobody"))

    fields = [problem["field"] for problem in answer.json()["details"]["fields"]]
    assert fields.count("password") == 1
    assert "email" in fields
