"""The Big List of Naughty Strings in every field of every body: no 5xx, and what is accepted comes back unchanged."""

import asyncio
from itertools import batched
from typing import Any

import pytest

from tests.conftest import registration
from tests.integration.calls import me, refresh, try_login
from tests.unit import vectors

pytestmark = pytest.mark.long

AT_ONCE = 25


@pytest.fixture(scope="module")
def strings():
    return vectors.read_json("blns/blns.json")


async def answers_to(call, strings):
    """The answer to each string, several at a time."""
    found: dict[str, Any] = {}
    for some in batched(strings, AT_ONCE):
        found |= dict(zip(some, await asyncio.gather(*map(call, some)), strict=True))
    assert len(found) == len(set(strings)) > 500
    return found


def statuses(found):
    return {answer.status_code for answer in found.values()}


@pytest.mark.parametrize("field", ["username", "email"])
async def test_as_a_name_to_register(client, strings, field):
    async def register(text):
        return await client.post("/api/auth/register", json=registration(**{field: text}))

    assert statuses(await answers_to(register, strings)) <= {201, 409, 422}


async def test_as_a_persons_name(client, strings):
    async def register(text):
        return await client.post("/api/auth/register", json=registration(first_name=text, last_name=text))

    found = await answers_to(register, strings)

    assert statuses(found) == {201, 422}
    accepted = {text: answer.json()["user"] for text, answer in found.items() if answer.status_code == 201}
    assert len(accepted) > 350
    assert {text: user["first_name"] for text, user in accepted.items()} == {text: text for text in accepted}
    assert {text: user["last_name"] for text, user in accepted.items()} == {text: text for text in accepted}


async def test_as_a_password_to_register_with(client, strings):
    async def register(text):
        body = registration(password=text, password_confirm=text)
        return await client.post("/api/auth/register", json=body)

    found = await answers_to(register, strings)

    assert statuses(found) == {201, 422}
    assert sum(answer.status_code == 201 for answer in found.values()) > 300


async def test_as_a_name_and_password_to_log_in_with(client, strings):
    found = await answers_to(lambda text: try_login(client, text, text), strings)

    assert statuses(found) == {401, 422}


async def test_as_a_refresh_token(client, strings):
    found = await answers_to(lambda text: refresh(client, text), strings)

    assert statuses(found) == {401, 422}


async def test_as_the_old_and_the_new_password(client, account, strings):
    ann = await account()

    async def change(text):
        body = {"old_password": text, "new_password": text, "new_password_confirm": text}
        return await client.post("/api/auth/change-password", headers=ann.bearer, json=body)

    assert statuses(await answers_to(change, strings)) == {400, 422}


async def test_as_a_header_field_path_and_query(client, strings):
    async def call(text):
        encoded = text.encode()
        headers = {"Authorization": b"Bearer " + encoded, "User-Agent": encoded, "X-Request-ID": encoded}
        return await client.get("/api/auth/me", params={"access_token": text}, headers=headers)

    assert statuses(await answers_to(call, strings)) == {401}


async def test_a_name_of_any_script_is_shown_as_it_was_given(client):
    names = {"first_name": "Ｗｉｄｅ ﷽ e\u0301 👩‍👩‍👧", "last_name": "Ω≈ç√∫˜µ≤≥÷ ' \" < > & \\"}
    body = (await client.post("/api/auth/register", json=registration(**names))).json()

    shown = (await me(client, body["access_token"])).json()

    assert {name: shown[name] for name in names} == names
