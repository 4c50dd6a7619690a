"""POST /api/auth/ws-ticket and POST /api/oauth/ws-ticket/redeem: a ticket buys what its access token says, once."""

import asyncio
import hashlib
import time
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from asgiref.sync import sync_to_async

from auth.models import User
from auth.policies import Quota
from auth.services import tickets
from tests.api.calls import change_password, claims, logout, refresh
from tests.conftest import bearer, client_of, limited, registration, serving
from tests.oauth.calls import basic

UNKNOWN = "A" * 43


async def ask(client, token, **body) -> httpx.Response:
    return await client.post("/api/auth/ws-ticket", headers=bearer(token), json=body or None)


async def ticket_of(client, token, **body) -> str:
    answer = await ask(client, token, **body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ticket"])


async def redeem(client, service, ticket) -> httpx.Response:
    return await client.post("/api/oauth/ws-ticket/redeem", data={"ticket": ticket}, headers=service.basic)


def assert_refused(answer: httpx.Response) -> None:
    """The one answer for whatever is wrong with a ticket."""
    assert answer.status_code == 400
    message = "The ticket is not valid (any more). Have the user ask for another one."
    assert answer.json() == {"error": "invalid_grant", "message": message, "details": None}


@sync_to_async
def change(user, **columns):
    User.objects.filter(pk=user.pk).update(**columns)


async def test_a_ticket_is_its_account_and_256_random_bits_good_for_30_seconds(client, account):
    ann = await account()

    answer = await ask(client, ann.access_token)

    assert answer.json().keys() == {"ticket", "expires_in"}
    assert answer.json()["expires_in"] == 30
    owner, _, rest = answer.json()["ticket"].partition(".")
    assert (owner, len(rest)) == (str(ann.user.pk), 43)
    assert answer.headers["cache-control"] == "no-store"


async def test_a_ticket_buys_the_claims_of_the_token_that_asked(client, service, account):
    ann = await account()

    answer = await redeem(client, service, await ticket_of(client, ann.access_token))

    token = claims(ann.access_token)
    assert answer.status_code == 200
    assert answer.json() == {name: value for name, value in token.items() if name != "type"}


async def test_the_rights_are_those_of_the_account_now(client, service, account):
    ann = await account(is_staff=True, is_superuser=True)
    ticket = await ticket_of(client, ann.access_token)
    await change(ann.user, is_superuser=False)

    said = (await redeem(client, service, ticket)).json()

    assert (said["is_staff"], said["is_superuser"]) == (True, False)
    assert claims(ann.access_token)["is_staff"] is False


async def test_a_token_of_an_earlier_release_buys_a_ticket_too(client, service, account, runtime, monkeypatch):
    """It has no epoch; then the redeemed claims have none."""
    ann = await account()
    known = runtime.verified_tokens.verify(ann.access_token)
    monkeypatch.setattr(type(runtime.verified_tokens), "verify", lambda *_: replace(known, epoch=None))

    said = (await redeem(client, service, await ticket_of(client, ann.access_token))).json()

    assert "epoch" not in said
    assert said["sid"] == known.session


async def test_no_two_tickets_are_alike(client, account):
    ann = await account()

    assert len({await ticket_of(client, ann.access_token) for _ in range(5)}) == 5


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
async def test_without_a_good_token_there_is_no_ticket(client, token):
    assert (await ask(client, token)).status_code == 401


async def test_a_ticket_is_good_once(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token)

    assert (await redeem(client, service, ticket)).status_code == 200
    assert_refused(await redeem(client, service, ticket))


async def test_of_50_redemptions_at_once_exactly_one_succeeds(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token)

    answers = await asyncio.gather(*(redeem(client, service, ticket) for _ in range(50)))

    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 49
    for answer in refused:
        assert_refused(answer)


async def test_a_ticket_for_a_service_is_redeemed_by_that_one(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token, audience=service.client_id)

    assert (await redeem(client, service, ticket)).status_code == 200


async def test_a_ticket_for_another_service_is_refused_and_used_up(client, service, account, runtime):
    ticket = await ticket_of(client, (await account()).access_token, audience="somebody-else")

    assert_refused(await redeem(client, service, ticket))
    assert not await kept(runtime, ticket)


@pytest.mark.parametrize("audience", ["", "x" * 101, 7])
async def test_an_audience_that_can_be_no_client_id_is_refused(client, account, audience):
    ann = await account()

    assert (await ask(client, ann.access_token, audience=audience)).status_code == 422


async def test_a_ticket_expires(client, service, account, monkeypatch):
    monkeypatch.setattr(tickets, "LIFETIME", timedelta(milliseconds=1))
    ticket = await ticket_of(client, (await account()).access_token)
    await asyncio.sleep(0.01)  # Redis' own clock

    assert_refused(await redeem(client, service, ticket))


async def test_a_ticket_is_no_longer_good_than_its_token(client, service, account, application, monkeypatch):
    ann = await account()
    ticket = await ticket_of(client, ann.access_token)
    runtime, life = application._runtime, claims(ann.access_token)["exp"] - time.time()
    later = replace(runtime, clock=lambda: runtime.clock() + timedelta(seconds=life))
    monkeypatch.setattr(application, "_runtime", later)

    assert_refused(await redeem(client, service, ticket))


@pytest.mark.parametrize(
    "text",
    [
        "x",
        ".",
        UNKNOWN,
        f".{UNKNOWN}",
        f"7.{UNKNOWN}A",
        f"7.{UNKNOWN}\n",
        f"-7.{UNKNOWN}",
        f"٧.{UNKNOWN}",
        f"7.{UNKNOWN[1:]}/",
        f"7}}.{UNKNOWN}",
        f"{'9' * 19}.{UNKNOWN}",
        f"{'9' * 18}.{UNKNOWN}",
        "7." + "A" * 60_000,
    ],
    ids=range(13),
)
async def test_what_is_no_ticket_is_refused(client, service, text):
    assert_refused(await redeem(client, service, text))


async def test_a_ticket_with_another_owner_in_front_is_refused(client, service, account):
    ann, bob = await account(), await account()
    ticket = await ticket_of(client, ann.access_token)

    assert_refused(await redeem(client, service, f"{bob.user.pk}.{ticket.partition('.')[2]}"))


async def test_a_zero_in_front_of_the_owner_is_another_ticket(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token)

    assert_refused(await redeem(client, service, f"0{ticket}"))


async def logged_out(client, ann):
    await logout(client, ann.access_token)


async def password_changed(client, ann):
    await change_password(client, ann.access_token)


async def reused(client, ann):
    parent = (await refresh(client, ann.refresh_token)).json()
    await refresh(client, parent["refresh_token"])
    assert (await refresh(client, ann.refresh_token)).status_code == 401


@pytest.mark.parametrize("end", [logged_out, password_changed, reused], ids=lambda end: end.__name__)
async def test_a_ticket_ends_with_its_session(client, service, account, end):
    ann = await account()
    ticket = await ticket_of(client, ann.access_token)
    await end(client, ann)

    assert_refused(await redeem(client, service, ticket))


async def test_a_ticket_ends_when_the_account_is_disabled(client, service, account, runtime):
    ann = await account()
    ticket = await ticket_of(client, ann.access_token)
    await change(ann.user, is_active=False)
    await runtime.revocations.catch_up()

    assert_refused(await redeem(client, service, ticket))


@pytest.mark.parametrize("body", [{}, {"ticket": ""}], ids=["none", "empty"])
async def test_a_form_without_a_ticket_says_what_is_missing(client, service, body):
    answer = await client.post("/api/oauth/ws-ticket/redeem", data={"x": "y", **body}, headers=service.basic)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_who_is_no_service_client_neither_redeems_nor_uses_up(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token)

    wrong = await client.post(
        "/api/oauth/ws-ticket/redeem", data={"ticket": ticket}, headers=basic("orders.service-1", "wrong")
    )

    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert (await redeem(client, service, ticket)).status_code == 200


async def test_redis_is_told_the_hash_of_a_ticket_alone_and_for_30_seconds(client, account, runtime):
    ann = await account()
    ticket = await ticket_of(client, ann.access_token)

    names = await runtime.store._transport.call(("KEYS", "authgate:*ticket*"))
    everything = [await runtime.store._transport.call(("GET", name)) for name in names]

    assert await kept(runtime, ticket)
    for text in (ticket, ticket.partition(".")[2], ann.access_token):
        assert not any(text.encode() in found for found in [*names, *everything])
    assert 20_000 < await runtime.store._transport.call(("PTTL", name_of(ticket))) <= 30_000


async def kept(runtime, ticket) -> bool:
    return bool(await runtime.store._transport.call(("EXISTS", name_of(ticket))))


def name_of(ticket) -> str:
    return f"authgate:{{{ticket.partition('.')[0]}}}:ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


async def test_tickets_are_limited_per_user(settings):
    policies = limited(settings.AUTH, ws_ticket=Quota(2, 60))
    async with serving(settings, policies=policies) as application, client_of(application) as client:
        ann, bob = [(await client.post("/api/auth/register", json=registration())).json() for _ in range(2)]

        answers = [await ask(client, ann["access_token"]) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert '"ws-ticket";r=0' in answers[1].headers["ratelimit"]
        assert (await ask(client, bob["access_token"])).status_code == 200
