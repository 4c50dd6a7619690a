"""The Python socket kit: who is let in."""

import gc
import json
import time

import pytest

from authgate_verifier.listeners import Watch
from tests.integration.python_client.fake import claims
from tests.integration.python_client.socket_service import OTHER, TICKET


async def test_a_token_in_the_first_message_lets_in_and_the_others_pass_in_order(service):
    client = service.open().say({"type": "auth", "token": service.authgate.token()}, "a", b"b", '{"type": "auth.x"}')

    first, *others = await client.heard(4)
    assert first == {"type": "auth.ok", "expires_at": claims()["exp"]}
    assert [other["text"] for other in others] == ["a", "b", '{"type": "auth.x"}']
    assert service.kit.size == 1


async def test_a_first_message_of_bytes_serves_as_well(service):
    client = service.open().say(json.dumps({"type": "auth", "token": service.authgate.token()}).encode())

    await client.heard(1)
    assert client.types == ["auth.ok"]


async def test_a_ticket_lets_in_once(service):
    service.authgate.tickets[TICKET] = claims(aud="svc")
    first = service.open().say({"type": "auth", "ticket": TICKET})
    await first.heard(1)
    second = service.open().say({"type": "auth", "ticket": TICKET})

    assert first.types == ["auth.ok"]
    assert await second.ends() == 4401
    assert second.messages == []


@pytest.mark.parametrize("kind", ["ticket", "bearer"])
async def test_a_subprotocol_lets_in_and_is_not_repeated(service, kind):
    service.authgate.tickets[TICKET] = claims()
    secret = TICKET if kind == "ticket" else service.authgate.token()
    client = service.open("other", "authgate", f"authgate.{kind}.{secret}")

    await client.heard(1)
    assert (client.types, client.protocol) == (["auth.ok"], "authgate")


REFUSED = {
    "an expired token": lambda a: {"type": "auth", "token": a.token(exp=1)},
    "a token of another issuer": lambda a: {"type": "auth", "token": a.token(iss="other")},
    "a ticket that is none": lambda a: {"type": "auth", "ticket": "7.x"},
    "a ticket that is not known": lambda a: {"type": "auth", "ticket": OTHER},
    "a token as ticket": lambda a: {"type": "auth", "ticket": a.token()},
    "no login": lambda a: {"type": "message", "token": a.token()},
    "no token": lambda a: {"type": "auth"},
    "a token of another type": lambda a: {"type": "auth", "token": {"a": 1}},
    "null": lambda a: "null",
    "no JSON": lambda a: '{"type": "auth"',
    "deep JSON": lambda a: '{"type": "auth", "token": ' + "[" * 8000,
    "no UTF-8": lambda a: b'\xff{"type": "auth"}',
    "nothing": lambda a: "",
    "10 MB": lambda a: {"type": "auth", "token": "x" * 10_000_000},
    "a surrogate": lambda a: '{"type": "auth", "token": "\\ud800"}',
}


@pytest.mark.parametrize("kind", REFUSED)
async def test_refuses(service, kind):
    client = service.open().say(REFUSED[kind](service.authgate), "never read")

    assert await client.ends() == 4401
    assert client.messages == []
    assert service.kit.size == 0


@pytest.mark.parametrize(
    "protocols",
    [
        ("authgate.ticket.",),
        ("authgate", "authgate.bearer."),
        ("authgate.bearer.junk",),
        ("authgate", "authgate.ticket.7.x\xff"),
        ("authgate.ticket.junk", "authgate.bearer.junk"),
        ("x" * 100_000,),
    ],
    ids=range(6),
)
async def test_subprotocols_of_junk_are_refused(service, protocols):
    client = service.open(*protocols)

    assert await client.ends() == 4401
    assert client.protocol == ("authgate" if "authgate" in protocols else None)


async def test_who_says_nothing_is_closed_after_the_patience(service):
    began = time.monotonic()

    assert await service.open().ends() == 4401
    assert time.monotonic() - began > 0.25


async def test_who_leaves_before_the_login_is_no_error(service):
    client = service.open()
    client.leave()

    assert await client.ends() is None


async def test_a_client_that_vanishes_is_no_error_and_is_forgotten(service):
    before = watches()
    client = await service.login()
    client.say("a")
    await client.heard(2)
    assert watches() == before + 1
    client.leave()

    await client.ends()
    assert service.kit.size == 0
    assert watches() == before


def watches():
    """How many tokens are watched, by whatever verifier."""
    gc.collect()
    return sum(isinstance(found, Watch) for found in gc.get_objects())


async def test_the_end_of_the_application_closes_and_its_error_says_so(service):
    ended, failed = await service.login(), await service.login()
    ended.say("bye")
    failed.say("fail")

    assert await ended.ends() == 1000
    with pytest.raises(ZeroDivisionError):
        await failed.ends()
    assert failed.closed == 1011
    assert service.kit.size == 0
