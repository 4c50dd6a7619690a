"""The one door to Redis: what a call costs, and that replies find their callers."""

import asyncio
import random
from pathlib import Path

import pytest

import auth
from auth.core.policies import Policy, Quota
from auth.core.revocations import Revoked
from auth.errors import ServiceUnavailable
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import Limits
from auth.stores import key_names
from auth.stores.client import Script
from auth.stores.principals import Verdict
from tests.integration.stores.accounts import cache_of, claims, new_user, state
from tests.integration.stores.attempts import new_context
from tests.integration.stores.conftest import TIMEOUT, echo, stored, without_breaker

SCRIPTS = sorted(Path(auth.__file__).parent.rglob("*.lua"))


@pytest.fixture
async def relayed(relay, client):
    """A store behind the relay, with a connection already made."""
    store = without_breaker(relay.url, timeout=TIMEOUT, client=client)
    await store.run(echo("x"))
    relay.reset()
    yield store
    await store.aclose()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
async def test_every_script_is_known_by_the_name_that_redis_gives_it(own_redis, script):
    loaded = Script.beside(str(script), script.stem)

    assert await own_redis.script_load(loaded.text) == loaded.sha


async def test_an_authorization_is_one_round_trip(relay, relayed):
    user, cache = new_user(), cache_of(relayed, quota=Quota(10, 60))
    await cache.put(state(user))
    await cache.authorize(claims(user))
    relay.reset()
    decision = await cache.authorize(claims(user))

    assert decision.verdict is Verdict.ALLOWED
    assert relay.round_trips == 1
    assert relay.said.count(b"EVALSHA") == 1


async def test_a_reservation_under_three_policies_is_one_round_trip(relay, relayed, subject):
    limits, context = Limits(relayed, ids=lambda: "x"), new_context()
    hits = [Hit(Policy(name, Quota(9, 60)), subject) for name in ("a", "b", "c")]
    await limits.reserve(context, *hits)
    relay.reset()
    await limits.reserve(context, *hits)

    assert relay.round_trips == 1


@pytest.mark.parametrize("client", ["multiplexed"])
async def test_many_revocations_are_one_round_trip(relay, relayed):
    cache = cache_of(relayed)
    await cache.revoke([Revoked(new_user(), sid="sid") for _ in range(20)])

    assert relay.round_trips == 1
    assert relay.said.count(b"EVAL") == 20


async def test_a_backlog_of_any_length_is_worked_off(own_redis, own_store):
    """After a long outage, or a ban of very many: more than may wait for a reply at once."""
    backlog = [Revoked(new_user(), sid="sid") for _ in range(12_000)]
    await cache_of(own_store).revoke(backlog)

    assert await own_redis.get(stored(key_names.session(backlog[-1].user_id, "sid"))) == b"revoked"


async def test_a_server_that_lost_its_scripts_is_taught_again(own_redis, own_store):
    user, cache = new_user(), cache_of(own_store)
    await cache.put(state(user))
    await own_redis.script_flush()

    assert (await cache.authorize(claims(user))).verdict is Verdict.ALLOWED


async def test_a_lost_script_costs_one_more_round_trip_once(relay, relayed, own_redis):
    await own_redis.script_flush()
    for _ in range(3):
        await relayed.run(echo("x"))

    assert relay.round_trips == 4


async def test_a_flushed_server_knows_nobody(own_redis, own_store):
    user, cache = new_user(), cache_of(own_store)
    await cache.put(state(user))
    await cache.revoke([Revoked(user, sid="other")])
    await own_redis.flushall()

    assert (await cache.authorize(claims(user))).verdict is Verdict.UNKNOWN
    assert (await cache.authorize(claims(user, session="other"))).verdict is Verdict.UNKNOWN


async def test_more_calls_at_once_than_connections_all_get_their_own_reply(own_store):
    wanted = [f"reply {n}" for n in range(500)]

    assert await asyncio.gather(*(own_store.run(echo(text)) for text in wanted)) == [text.encode() for text in wanted]


@pytest.mark.parametrize("seed", range(5))
async def test_cancelled_calls_never_mix_the_replies_of_others(own_store, seed):
    dice = random.Random(seed)
    calls = {f"reply {n}": asyncio.create_task(own_store.run(echo(f"reply {n}"))) for n in range(300)}
    for task in dice.sample(list(calls.values()), 150):
        for _ in range(dice.randrange(4)):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*calls.values(), return_exceptions=True)
    replies = {text: task.result() for text, task in calls.items() if not task.cancelled()}

    assert len(replies) >= 150
    assert replies == {text: text.encode() for text in replies}


async def test_after_cancelled_calls_a_connection_gives_the_next_caller_his_own_reply(relay, relayed):
    """The moment that mixes replies elsewhere: the command was sent, the reply is still to come (CVE-2023-28858)."""
    for n in range(20):
        relay.hold()
        lost = asyncio.create_task(relayed.run(echo(f"lost {n}")))
        await relay.heard(f"lost {n}".encode())
        lost.cancel()
        relay.release()

        assert await relayed.run(echo(f"mine {n}")) == f"mine {n}".encode()


@pytest.mark.parametrize("client", ["multiplexed"])
async def test_many_cancelled_calls_leave_no_reply_behind(relay, relayed):
    relay.hold()
    lost = asyncio.create_task(relayed.run_all([echo("lost")] * 3))
    await relay.heard(b"lost", times=3)
    lost.cancel()
    relay.release()

    assert await relayed.run_all([echo("a"), echo("b")]) == [b"a", b"b"]


async def test_a_connection_that_was_cut_off_is_replaced(relay, relayed):
    relay.cut()
    results = [await _reply_or_none(relayed, f"{n}") for n in range(3)]

    assert results[-1] == b"2"


async def test_the_eviction_policy_is_told(own_redis, own_store):
    await own_redis.config_set("maxmemory-policy", "allkeys-lru")
    changed = await own_store.eviction_policy()
    await own_redis.config_set("maxmemory-policy", "noeviction")

    assert (changed, await own_store.eviction_policy()) == ("allkeys-lru", "noeviction")


async def _reply_or_none(store, text):
    try:
        return await store.run(echo(text))
    except ServiceUnavailable:
        return None
