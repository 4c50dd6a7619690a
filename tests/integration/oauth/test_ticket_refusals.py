"""POST /api/oauth/ws-ticket/redeem: what is no ticket, or no longer, all gets one answer."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from auth.models import User
from auth.tickets import service as tickets
from tests.integration.calls import change_password, claims, logout, refresh
from tests.integration.oauth.calls import assert_ticket_refused, redeem, ticket_of

UNKNOWN = "A" * 43


async def test_a_ticket_expires(client, service, account, monkeypatch):
    monkeypatch.setattr(tickets, "LIFETIME", timedelta(milliseconds=1))
    ticket = await ticket_of(client, (await account()).access_token)
    await asyncio.sleep(0.01)  # Redis' own clock

    assert_ticket_refused(await redeem(client, service, ticket))


async def test_a_ticket_is_no_longer_good_than_its_token(client, service, account, application, monkeypatch):
    ann = await account()
    ticket = await ticket_of(client, ann.access_token)
    runtime, life = application.runtime, claims(ann.access_token)["exp"] - time.time()
    later = replace(runtime, clock=lambda: runtime.clock() + timedelta(seconds=life))
    monkeypatch.setattr(application, "runtime", later)

    assert_ticket_refused(await redeem(client, service, ticket))


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
        "7." + "A" * 16_000,
    ],
    ids=range(13),
)
async def test_what_is_no_ticket_is_refused(client, service, text):
    assert_ticket_refused(await redeem(client, service, text))


async def test_a_ticket_with_another_owner_in_front_is_refused(client, service, account):
    ann, bob = await account(), await account()
    ticket = await ticket_of(client, ann.access_token)

    assert_ticket_refused(await redeem(client, service, f"{bob.user.pk}.{ticket.partition('.')[2]}"))


async def test_a_zero_in_front_of_the_owner_is_another_ticket(client, service, account):
    ticket = await ticket_of(client, (await account()).access_token)

    assert_ticket_refused(await redeem(client, service, f"0{ticket}"))


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

    assert_ticket_refused(await redeem(client, service, ticket))


async def test_a_ticket_ends_when_the_account_is_disabled(client, service, account, runtime):
    ann = await account()
    ticket = await ticket_of(client, ann.access_token)
    await User.objects.filter(pk=ann.user.pk).aupdate(is_active=False)
    await runtime.revocations.catch_up()

    assert_ticket_refused(await redeem(client, service, ticket))
