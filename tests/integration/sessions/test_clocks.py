"""A worker whose host has a wrong clock judges by the database's, as all others do."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.models import F

from app import wiring
from app.application import Application
from auth.core import database_clock
from auth.core.database_clock import DatabaseClock
from auth.models import Session
from auth.tokens import AccessClaims
from tests.conftest import client_of, eventually
from tests.integration.calls import claims, logout, me, refresh
from tests.integration.sessions.calls import register

OFF = [-3600.0, -60.0, -11.0, 11.0, 60.0, 3600.0]


@pytest.fixture(autouse=True)
def _another_host_than_the_database():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is no other host than the worker's")


@asynccontextmanager
async def host(monkeypatch, *, off):
    """A client of a worker on a host whose clock is off by so many seconds."""
    with monkeypatch.context() as patch:
        patch.setattr(wiring, "DatabaseClock", lambda own: DatabaseClock(own=lambda: own() + off))
        application = Application()
        async with application.running(), client_of(application) as client:
            yield client


@pytest.fixture(params=OFF)
async def wrong(request, monkeypatch):
    async with host(monkeypatch, off=request.param) as client:
        yield client


async def test_an_honest_retry_there_ends_no_session(client, wrong):
    first = (await register(client))["refresh_token"]
    successor = (await refresh(client, first)).json()["refresh_token"]

    retried = await refresh(wrong, first)

    assert (retried.status_code, retried.json().get("refresh_token")) == (200, successor)
    assert (await refresh(client, successor)).status_code == 200


async def test_what_it_rotated_may_be_retried_elsewhere(client, wrong):
    first = (await register(client))["refresh_token"]
    successor = (await refresh(wrong, first)).json()["refresh_token"]

    retried = await refresh(client, first)

    assert (retried.status_code, retried.json().get("refresh_token")) == (200, successor)


async def test_tokens_are_good_on_both(client, wrong):
    here, there = await register(client), await register(wrong)

    assert (await me(wrong, here["access_token"])).status_code == 200
    assert (await me(client, there["access_token"])).status_code == 200


async def test_one_that_starts_before_the_database_can_be_asked_knows_all_that_was_taken_back(client, monkeypatch):
    body = await register(client)
    await logout(client, body["access_token"])
    taken = claims(body["access_token"])
    answers = [OperationalError("away")]
    ask = database_clock.database_time

    async def away_at_first():
        if answers:
            raise answers.pop()
        return await ask()

    monkeypatch.setattr(database_clock, "database_time", away_at_first)
    monkeypatch.setattr(database_clock, "SYNC_SECONDS", 60.0)
    monkeypatch.setattr(wiring, "DatabaseClock", lambda own: DatabaseClock(own=lambda: own() + 86400))
    application = Application()
    async with application.running() as runtime:

        async def is_read():
            return runtime.revocations.is_fresh()

        await eventually(is_read)
        assert runtime.revocations.is_revoked(AccessClaims(int(taken["sub"]), taken["sid"], taken["jti"], 0, 0, 0))


async def test_after_the_grace_a_retry_is_a_reuse_there_too(client, wrong):
    first = (await register(client))["refresh_token"]
    await refresh(client, first)
    session = Session.objects.filter(pk=claims(first)["sid"])
    await session.aupdate(rotated_at=F("rotated_at") - timedelta(seconds=12), seen_generation=1)

    assert (await refresh(wrong, first)).status_code == 401
