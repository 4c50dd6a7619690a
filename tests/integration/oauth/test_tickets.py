"""POST /api/auth/ws-ticket and POST /api/oauth/ws-ticket/redeem: a ticket buys what its access token says, once."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

from auth.core.policies import Quota
from auth.models import User
from tests.conftest import client_of, limited, registration, serving
from tests.integration.calls import claims
from tests.integration.oauth.calls import ask_for_ticket, assert_ticket_refused, basic, redeem, ticket_of


async def test_a_ticket_is_its_account_and_256_random_bits_good_for_30_seconds(client, account):
    ann = await account()

    answer = await ask_for_ticket(client, ann.access_token)

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
    await User.objects.filter(pk=ann.user.pk).aupdate(is_superuser=False)

    said = (await redeem(client, service, ticket)).json()

    assert (said["is_staff"], said["is_superuser"]) == (True, False)
    assert said["version"] > claims(ann.access_token)["version"]
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
    assert (await ask_for_ticket(client, token)).status_code == 401


async def test_a_ticket_is_good_once(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token)

    assert (await redeem(client, service, ticket)).status_code == 200
    assert_ticket_refused(await redeem(client, service, ticket))


async def test_of_50_redemptions_at_once_exactly_one_succeeds(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token)

    answers = await asyncio.gather(*(redeem(client, service, ticket) for _ in range(50)))

    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) == 49
    for answer in refused:
        assert_ticket_refused(answer)


async def test_a_ticket_for_a_service_is_redeemed_by_that_one(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token, audience=service.client_id)

    assert (await redeem(client, service, ticket)).status_code == 200


async def test_a_ticket_for_another_service_is_refused_and_used_up(client, service, account, runtime, redis):
    ticket = await ticket_of(client, (await account()).access_token, audience="somebody-else")

    assert_ticket_refused(await redeem(client, service, ticket))
    assert not await redis.exists(name_of(runtime, ticket))


@pytest.mark.parametrize("audience", ["", "x" * 101, 7])
async def test_an_audience_that_can_be_no_client_id_is_refused(client, account, audience):
    ann = await account()

    assert (await ask_for_ticket(client, ann.access_token, audience=audience)).status_code == 422


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


async def test_redis_is_told_the_hash_of_a_ticket_alone_and_for_30_seconds(client, account, runtime, redis):
    ann = await account()
    ticket = await ticket_of(client, ann.access_token)

    names = await redis.keys("authgate:*ticket*")
    texts = [name for name in names if await redis.type(name) == b"string"]  # the others are the limit's counters
    everything = [await redis.get(name) for name in texts]

    name = name_of(runtime, ticket)
    assert name.encode() in texts
    for text in (ticket, ticket.partition(".")[2], ann.access_token):
        assert not any(text.encode() in found for found in [*names, *everything])
    assert 20_000 < await redis.pttl(name) <= 30_000


def name_of(runtime, ticket) -> str:
    digest = hashlib.sha256(ticket.encode()).hexdigest()
    return f"authgate:{runtime.store.deployment}:{{{ticket.partition('.')[0]}}}:ticket:{digest}"


async def test_tickets_are_limited_per_user(settings):
    policies = limited(settings.AUTH, ws_ticket=Quota(2, 60))
    async with serving(settings, policies=policies) as application, client_of(application) as client:
        ann, bob = [(await client.post("/api/auth/register", json=registration())).json() for _ in range(2)]

        answers = [await ask_for_ticket(client, ann["access_token"]) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert '"ws-ticket";r=0' in answers[1].headers["ratelimit"]
        assert (await ask_for_ticket(client, bob["access_token"])).status_code == 200
