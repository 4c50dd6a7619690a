"""The Python verifier at a feed that is cut, silent, late, refused, or garbage."""

import asyncio
import time

import pytest

from auth.oauth.feed import HEARTBEAT_SECONDS
from authgate_verifier import FeedStale, InvalidToken, KeysUnavailable, Revocation, RevokedToken, Unavailable, feed
from authgate_verifier.events import MAX_PENDING
from authgate_verifier.feed import SILENCE_SECONDS
from tests.conftest import eventually
from tests.integration.python_client.fake import Clock, fake, heartbeat, revocation


def outcome(verifier, token):
    """The claims, or why not."""
    try:
        return verifier.verify(token)
    except (InvalidToken, Unavailable) as error:
        return type(error)


async def becomes(probe):
    """Until `probe` is true."""

    async def is_so():
        return probe()

    await eventually(is_so)


async def until(verifier, token, wanted):
    await becomes(lambda: outcome(verifier, token) is wanted)


async def until_asked(authgate, count):
    await becomes(lambda: len(authgate.cursors) >= count)


async def test_the_feed_is_asked_with_the_clients_credentials_and_nothing_else_is():
    async with fake() as authgate, authgate.verifier():
        asked = {head.splitlines()[0].split()[1]: head.lower() for head in authgate.heads}

    # RFC 6749 §2.3.1: a%3Ab:s%2Bs%2F
    assert "authorization: basic ysuzqwi6cyuyqnmlmky=" in asked["/api/oauth/revocations"]
    assert "authorization" not in asked["/.well-known/jwks.json"]


async def test_a_stream_that_is_cut_is_resumed_behind_what_was_taken():
    async with fake() as authgate, authgate.verifier() as verifier:
        token = authgate.token()
        told: list[Revocation] = []
        verifier.on_revoked(told.append)
        authgate.send(revocation(1, sid="s0") + b'event: revocation\nid: 2-1-1\ndata: {"sub"')
        await becomes(lambda: told)
        authgate.cut()
        await until_asked(authgate, 2)
        authgate.send(revocation(2, sid="s1"))
        await until(verifier, token, RevokedToken)

    assert authgate.cursors == ["", "1-1-1"]
    assert [seen.session for seen in told] == ["s0", "s1"]


async def test_what_a_snapshot_repeats_is_told_once():
    async with fake() as authgate, authgate.verifier() as verifier:
        told: list[Revocation] = []
        verifier.on_revoked(told.append)
        known = revocation(1, sid="s0", before=5.0) + revocation(2, epoch=4, before=6.0, exp=9_999_999_999)
        authgate.send(known + b"event: snapshot\ndata: {}\n\n" + known + revocation(3, sid="s2"))
        await becomes(lambda: len(told) >= 3)

    assert [(seen.session, seen.epoch) for seen in told] == [("s0", None), (None, 4), ("s2", None)]


async def test_a_black_hole_is_left_after_three_heartbeats_and_nothing_is_accepted_meanwhile(monkeypatch):
    assert SILENCE_SECONDS == 3 * HEARTBEAT_SECONDS
    monkeypatch.setattr(feed, "SILENCE_SECONDS", 1.0)
    async with fake() as authgate, authgate.verifier(max_staleness=0.5) as verifier:
        token = authgate.token()
        authgate.beats = False
        await until(verifier, token, FeedStale)
        authgate.beats = True
        await until_asked(authgate, 2)
        await becomes(lambda: verifier.is_ready)


async def start_with_a_heartbeat(authgate, verifier):
    starting = asyncio.create_task(verifier.start())
    await until_asked(authgate, 1)
    authgate.send(heartbeat(0))
    await starting


@pytest.mark.parametrize("set_back", [0.0, 20.0])
async def test_staleness_counts_from_what_the_server_had_read_not_from_the_arrival(set_back):
    clock = Clock()
    async with fake(beats=False) as authgate:
        verifier = authgate.verifier(clocks=clock.clocks())
        await start_with_a_heartbeat(authgate, verifier)
        token = authgate.token()
        clock.passed, clock.slept = 1.9, -set_back
        assert outcome(verifier, token) is not FeedStale
        authgate.send(heartbeat(0.2) + revocation(1, jti="j0"))  # came late: it says what was known at 0.2
        await becomes(lambda: verifier.staleness() < 1.8)
        assert verifier.staleness() == pytest.approx(1.7)
        clock.passed = 2.3
        assert outcome(verifier, token) is FeedStale
        authgate.send(heartbeat(9_999))  # a server cannot know the future
        await becomes(lambda: verifier.is_ready)
        assert verifier.staleness() == 0.0
        clock.slept = 3600.0
        assert verifier.staleness() == pytest.approx(3600.0 + set_back, abs=5)
        await verifier.close()


async def test_a_machine_that_slept_connects_again_before_it_believes_a_heartbeat():
    clock = Clock()
    async with fake(beats=False) as authgate:
        verifier = authgate.verifier(clocks=clock.clocks())
        await start_with_a_heartbeat(authgate, verifier)
        clock.slept = 60.0
        authgate.send(heartbeat(60.0))
        await until_asked(authgate, 2)
        assert not verifier.is_ready
        authgate.send(heartbeat(0))
        await becomes(lambda: verifier.is_ready)
        await verifier.close()


async def test_rights_that_changed_since_the_token_was_issued_are_not_believed():
    async with fake() as authgate, authgate.verifier() as verifier:
        token = authgate.token()
        assert verifier.verify(token).is_staff
        authgate.send(revocation(1, claims_only=True))
        await becomes(lambda: not verifier.verify(token).is_staff)
        assert verifier.verify(token).raw["is_staff"]
        assert verifier.verify(authgate.token(iat=int(time.time()) + 5)).is_staff


GARBAGE = {
    "not UTF-8": b"event: \xff\n\n",
    "an entry that is not JSON": b"event: revocation\nid: 9-1-1\ndata: {\n\n",
    "an entry that ends nothing": b'event: revocation\nid: 9-1-1\ndata: {"sub":"7","before":1.0,"exp":2}\n\n',
    "a heartbeat that knows nothing": b"event: heartbeat\nid: 9-1-1\ndata: {}\n\n",
    "a heartbeat of NaN": b'event: heartbeat\nid: 9-1-1\ndata: {"at": NaN}\n\n',
    "an id that is no header field": "event: x\nid: é\ndata: {}\n\n".encode(),
    "an event without end": b"data: " + b"x" * (MAX_PENDING + 1),
}


@pytest.mark.parametrize("kind", GARBAGE)
async def test_after_garbage_it_connects_again_behind_what_it_understood(kind):
    async with fake() as authgate, authgate.verifier() as verifier:
        authgate.send(revocation(3, sid="s1"))
        await until(verifier, authgate.token(), RevokedToken)
        authgate.send(GARBAGE[kind])
        await until_asked(authgate, 2)
        await becomes(lambda: verifier.is_ready)
        assert outcome(verifier, authgate.token()) is RevokedToken

    assert authgate.cursors[1] == "3-1-1"


def feed_requests(authgate):
    return sum("revocations" in head for head in authgate.heads)


async def test_a_refusal_is_named_and_never_a_judgement_of_the_token():
    async with fake(refusal=b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n") as authgate:
        verifier = authgate.verifier()
        with pytest.raises(FeedStale, match="answered 401: check client_id and client_secret"):
            await verifier.start(timeout=0.5)
        assert outcome(verifier, authgate.token()) is FeedStale
        assert feed_requests(authgate) <= 6  # it backs off
        await becomes(lambda: feed_requests(authgate) >= 2)
        authgate.refusal = b""
        await verifier.start()
        assert outcome(verifier, authgate.token()).subject == "7"
        await verifier.close()


async def test_before_the_keys_are_there_nothing_is_decided():
    async with fake(keys_away=True) as authgate:
        verifier = authgate.verifier()
        with pytest.raises(KeysUnavailable, match="public keys"):
            await verifier.start(timeout=0.3)
        assert outcome(verifier, authgate.token()) is KeysUnavailable
        authgate.keys_away = False
        await verifier.start()
        await verifier.close()


async def test_closing_ends_the_reading_and_soon_every_answer():
    clock = Clock()
    async with fake() as authgate:
        async with authgate.verifier(clocks=clock.clocks()) as verifier:
            token = authgate.token()
            assert outcome(verifier, token).subject == "7"
        assert [task for task in asyncio.all_tasks() if "FeedReader" in repr(task) or "KeyCache" in repr(task)] == []
        clock.passed += 2.1
        assert outcome(verifier, token) is FeedStale


async def test_a_callback_that_fails_hinders_neither_the_reader_nor_the_next():
    reported: list[object] = []
    told: list[Revocation] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))

    def fail(seen):
        raise ZeroDivisionError

    async with fake() as authgate, authgate.verifier() as verifier:
        verifier.on_revoked(fail)
        stop = verifier.on_revoked(told.append)
        authgate.send(revocation(1, sid="s0"))
        await becomes(lambda: told)
        stop()
        authgate.send(revocation(2, sid="s1"))
        await until(verifier, authgate.token(), RevokedToken)
    asyncio.get_running_loop().set_exception_handler(None)

    assert [type(error) for error in reported] == [ZeroDivisionError] * 2
    assert [seen.session for seen in told] == ["s0"]
