"""What is said of a password that was refused."""

import pytest

from tests.api.calls import change_password
from tests.conftest import registration, unique_name


async def refused(client, password, **changes):
    body = registration(password=password, password_confirm=password, **changes)
    answer = await client.post("/api/auth/register", json=body)
    assert answer.status_code == 422, answer.text
    return answer


@pytest.mark.parametrize("password", ["1234567890", "password123", "qwertyuiop"])
async def test_a_common_password_scores_low_and_is_told_why(client, password):
    strength = (await refused(client, password)).json()["details"]["strength"]

    assert strength["score"] <= 1
    assert strength["warning"]
    assert strength["suggestions"]


async def test_the_own_name_counts_for_nothing(client):
    name = unique_name("margarethe")

    strength = (await refused(client, f"{name}1", username=name)).json()["details"]["strength"]

    assert strength["score"] <= 1


async def test_a_short_password_that_is_hard_to_guess_scores_higher(client):
    weak, better = [
        (await refused(client, text)).json()["details"]["strength"]["score"] for text in ("a" * 9, "v7#Kq~2Lw")
    ]

    assert weak < better


async def test_the_password_is_not_in_the_answer(client):
    answer = await refused(client, "xkcdpass1")

    assert "xkcdpass1" not in answer.text


async def test_a_new_password_is_advised_on_too(client, account):
    ann = await account()

    answer = await change_password(client, ann.access_token, new="password123")

    assert answer.json()["details"]["strength"]["score"] <= 1


async def test_an_accepted_password_is_not_judged(client):
    answer = await client.post("/api/auth/register", json=registration())

    assert "strength" not in answer.text
