"""What the request path may cost besides its statements and commands (tests/integration/test_budgets.py)."""

import threading
from collections import Counter
from contextvars import ContextVar

import pytest
from asgiref.sync import SyncToAsync
from django.contrib.auth.hashers import get_hasher

from tests.conftest import PASSWORD, client_of, registration, serving, unique_address
from tests.integration.calls import me, refresh, try_login
from tests.integration.costs import costs_of

_ours: ContextVar[bool] = ContextVar("ours", default=False)
"""Tells what a test does from what background tasks do meanwhile."""


@pytest.fixture
async def served(settings):
    """A client of an application of its own, warm: every thread and connection that it keeps is there."""
    _ours.set(False)  # the test before has left it on, and the jobs that start here are not the test's
    async with serving(settings) as served, client_of(served, address=unique_address()) as client:
        body = (await client.post("/api/auth/register", json=registration())).json()
        for _ in range(2 * settings.DB_THREADS):
            await try_login(client, body["user"]["username"], PASSWORD)
        await me(client, body["access_token"])
        yield client, body


@pytest.fixture
def spied(monkeypatch):
    """How often this test has started threads and sent calls to them; and passwords hashed, by anyone."""
    counts, is_hashing = Counter[str](), threading.local()

    def spy(owner, name, count):
        stock = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args, **kwargs: count(stock, *args, **kwargs))

    def count_ours(label):
        def count(stock, *args, **kwargs):
            counts[label] += _ours.get()
            return stock(*args, **kwargs)

        return count

    def count_hash(stock, *args, **kwargs):
        """Some hashers verify by encoding."""
        outer, is_hashing.now = getattr(is_hashing, "now", False), True
        counts["hashes"] += not outer
        try:
            return stock(*args, **kwargs)
        finally:
            is_hashing.now = outer

    spy(threading.Thread, "start", count_ours("threads"))
    spy(SyncToAsync, "__call__", count_ours("hops"))
    spy(type(get_hasher()), "encode", count_hash)
    spy(type(get_hasher()), "verify", count_hash)
    _ours.set(True)
    return counts


async def test_me_starts_no_thread_and_goes_to_none(served, spied):
    client, body = served
    for _ in range(20):
        assert (await me(client, body["access_token"])).status_code == 200

    assert spied["threads"] == 0
    assert spied["hops"] == 0
    assert spied["hashes"] == 0


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
async def test_a_refusal_starts_no_thread_and_goes_to_none(served, spied, token):
    client, _ = served
    for _ in range(5):
        assert (await me(client, token)).status_code == 401

    assert (spied["threads"], spied["hops"]) == (0, 0)


async def test_a_login_hashes_once(served, spied):
    client, body = served
    costs = await costs_of(lambda: try_login(client, body["user"]["username"]))

    assert spied["hashes"] == 1
    assert spied["threads"] == 0
    assert spied["hops"] > 0  # what makes the zeros above mean something
    assert len(costs.sql) <= 3
    assert len(costs.redis) <= 2


async def test_a_login_of_nobody_hashes_once_too(served, spied):
    client, _ = served
    assert (await try_login(client, "nobody-of-this-name")).status_code == 401

    assert spied["hashes"] == 1


async def test_a_refresh_hashes_nothing_and_stays_within_its_budget(served, spied):
    client, body = served
    costs = await costs_of(lambda: refresh(client, body["refresh_token"]))

    assert (spied["hashes"], spied["threads"]) == (0, 0)
    assert len(costs.sql) <= 3
    assert len(costs.redis) <= 2
