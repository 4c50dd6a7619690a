"""The Python socket kit: who is let in, how a login is renewed, and when a socket is closed."""

import asyncio
import json
import time
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from authgate_verifier.sockets import Close, SocketKit
from tests.clients.fake import Clock, answer, claims, fake, revocation
from tests.clients.socket_client import SocketClient
from tests.conftest import eventually
from tests.docs.documents import code_blocks, read

TICKET = f"7.{'t' * 43}"
OTHER = f"7.{'u' * 43}"
ADA = {"sub": "7", "sid": "s1"}
BOB = {"sub": "8", "sid": "s8"}


class Service:
    """A socket service that says back what it is told."""

    def __init__(self, authgate, verifier, **options):
        self.authgate, self.verifier = authgate, verifier
        self.kit = SocketKit(verifier, **options)

    async def __call__(self, scope, receive, send):
        async with self.kit.accept(scope, receive, send) as session:
            if session is None:
                return
            async for text in session:
                if text == "fail":
                    raise ZeroDivisionError
                if text == "bye":
                    return
                await session.send_json({"from": session.claims.username, "text": text})

    def open(self, *protocols):
        return SocketClient(self, *protocols)

    async def login(self, **changes):
        client = self.open().say({"type": "auth", "token": self.authgate.token(**changes)})
        await client.heard(1)
        return client


@asynccontextmanager
async def serving(clock=None, **options):
    found = {"clocks": clock.clocks()} if clock else {}
    async with fake() as authgate, authgate.verifier(**found) as verifier:
        service = Service(authgate, verifier, **options)
        yield service
        await service.kit.close()


@pytest_asyncio.fixture
async def service():
    async with serving(patience=0.3) as found:
        yield found


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
    assert 0.25 < time.monotonic() - began < 3


async def test_who_leaves_before_the_login_is_no_error(service):
    client = service.open()
    client.leave()

    assert await client.ends() is None


async def test_a_client_that_vanishes_is_no_error_and_is_forgotten(service):
    client = await service.login()
    client.say("a")
    await client.heard(2)
    client.leave()

    await client.ends()
    assert service.kit.size == 0
    assert service.verifier._listeners._watches == {}


async def test_the_end_of_the_application_closes_and_its_error_says_so(service):
    ended, failed = await service.login(), await service.login()
    ended.say("bye")
    failed.say("fail")

    assert await ended.ends() == 1000
    with pytest.raises(ZeroDivisionError):
        await failed.ends()
    assert failed.closed == 1011
    assert service.kit.size == 0


async def test_a_revocation_closes_what_it_concerns_and_nothing_else(service):
    kicked = [await service.login() for _ in range(3)]
    spared = [await service.login(sid="s2"), await service.login(sub="8", user_id=8, sid="s3")]
    service.authgate.send(revocation(1, sid="s1"))

    assert [await client.ends() for client in kicked] == [4403] * 3
    assert service.kit.size == 2
    again = service.open().say({"type": "auth", "token": service.authgate.token()})
    assert await again.ends() == 4403
    for client in spared:
        client.say("still here")
        assert (await client.heard(2))[1]["text"] == "still here"


async def test_one_that_was_revoked_while_it_logged_in_is_closed(service):
    """Between the redemption and the watch no entry is lost: it is watched what was judged."""
    service.authgate.send(revocation(1, jti="j9"))
    await eventually(lambda: asyncio.sleep(0, bool(len(service.verifier._revoked))))
    service.authgate.tickets[TICKET] = claims(jti="j9")
    client = service.open().say({"type": "auth", "ticket": TICKET})

    assert await client.ends() == 4403


async def test_a_revocation_costs_what_its_account_has_open(service):
    """200 sockets of one session are closed, and none of 100 others is looked at."""
    mine, others = [[await service.login(**who) for _ in range(count)] for who, count in ((ADA, 200), (BOB, 100))]
    looked_at, ends = [], service.verifier._revoked.ends
    service.verifier._revoked.ends = lambda seen: looked_at.append(seen.subject) or ends(seen)
    service.authgate.send(revocation(1, sid="s1"))

    assert [await client.ends() for client in mine] == [4403] * 200
    assert looked_at == ["7"] * 200
    assert service.kit.size == len(others)


async def test_renewal_is_asked_for_taken_and_its_absence_closes(service):
    soon = int(time.time()) + 3
    renewing, lazy = await service.login(exp=soon), await service.login(exp=soon)
    await renewing.heard(2)
    renewing.say({"type": "auth", "token": service.authgate.token(jti="j2")}, "a")

    assert await lazy.ends() == 4408
    assert lazy.types == ["auth.ok", "auth.renew"]
    assert renewing.types == ["auth.ok", "auth.renew", "auth.ok", None]
    assert renewing.messages[1]["expires_at"] == soon
    assert renewing.closed is None


async def test_after_a_renewal_the_new_token_is_watched_and_the_old_one_no_longer(service):
    client = await service.login()
    client.say({"type": "auth", "token": service.authgate.token(jti="j2")})
    await client.heard(2)
    service.authgate.send(revocation(1, jti="j1"))
    client.say("a")
    await client.heard(3)
    assert client.closed is None
    service.authgate.send(revocation(2, jti="j2"))

    assert await client.ends() == 4403


@pytest.mark.parametrize("changes", [{"sub": "8", "user_id": 8}, {"sid": "s2"}], ids=["account", "session"])
async def test_a_renewal_with_the_token_of_another_is_refused(service, changes):
    client = await service.login()
    client.say({"type": "auth", "token": service.authgate.token(**changes)}, "never read")

    assert await client.ends() == 4401
    assert client.types == ["auth.ok"]


async def test_a_renewal_with_an_older_token_never_lengthens(service):
    client = await service.login()
    soon = int(time.time()) + 2
    client.say({"type": "auth", "token": service.authgate.token(exp=soon)})

    assert await client.ends() == 4408
    assert client.messages[1] == {"type": "auth.ok", "expires_at": soon}


async def test_a_renewal_with_an_expired_or_a_revoked_token_closes(service):
    clients = [await service.login(), await service.login()]
    clients[0].say({"type": "auth", "token": service.authgate.token(exp=1)})
    service.authgate.send(revocation(1, jti="j9"))
    await eventually(lambda: asyncio.sleep(0, bool(len(service.verifier._revoked))))
    clients[1].say({"type": "auth", "token": service.authgate.token(jti="j9")})

    assert [await client.ends() for client in clients] == [4401, 4403]


UNDECIDED = {
    "503": answer(503, {"error": "service_unavailable"}),
    "401": answer(401, {"error": "invalid_client"}),
    "429": answer(429, {"error": "rate_limited"}),
    "another 400": answer(400, {"error": "invalid_request"}),
    "no object": answer(200, []),
    "no JSON": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n{",
    "a redirect": b"HTTP/1.1 307 -\r\nLocation: /x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "garbage": b"garbage\r\n\r\n",
}


@pytest.mark.parametrize("kind", UNDECIDED)
async def test_a_ticket_that_nobody_can_judge_is_never_called_invalid(service, kind, caplog):
    service.authgate.ticket_answer = UNDECIDED[kind]
    refused, open_one = service.open().say({"type": "auth", "ticket": TICKET}), await service.login()
    open_one.say({"type": "auth", "ticket": TICKET}, "still here")

    assert await refused.ends() == 1013
    await open_one.heard(3)
    assert open_one.messages[1] == {"type": "auth.error", "error": "unavailable"}
    assert "a ticket could not be redeemed" in caplog.text
    assert TICKET not in caplog.text


async def test_a_redemption_that_is_never_answered_ends_in_time(service, monkeypatch):
    monkeypatch.setattr("authgate_verifier.redemption._TIMEOUT", 0.2)
    service.authgate.ticket_answer = b""

    assert await service.open().say({"type": "auth", "ticket": TICKET}).ends() == 1013


async def test_while_the_feed_is_stale_nobody_comes_in_and_open_sockets_have_a_grace():
    clock = Clock()
    async with serving(clock, grace=30) as service:
        client = await service.login()
        service.authgate.beats = False
        await asyncio.sleep(0.1)  # what was on its way
        clock.passed += 10
        refused = await service.login()
        assert await refused.ends() == 1013
        service.kit._close_when_stale()
        client.say("a")
        await client.heard(2)
        client.say({"type": "auth", "token": service.authgate.token()})
        await client.heard(3)
        assert client.messages[2] == {"type": "auth.error", "error": "unavailable"}
        clock.passed += 21

        assert await client.ends() == 1013  # by the kit's own timer, within a second
        assert service.kit.size == 0


async def test_a_socket_of_a_client_that_takes_nothing_ends_for_the_application_at_once(service):
    """Its close waits in the server's buffer; nobody waits for that."""
    stuck = asyncio.Event()
    inbox = asyncio.Queue()
    inbox.put_nowait({"type": "websocket.connect"})
    login = {"type": "auth", "token": service.authgate.token()}
    inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(login)})
    ended = asyncio.Event()

    async def send(message):
        if message["type"] == "websocket.close":
            await stuck.wait()

    async def application():
        async with service.kit.accept({"type": "websocket"}, inbox.get, send) as session:
            assert [text async for text in session] == []
            ended.set()
            stuck.set()

    task = asyncio.create_task(application())
    await eventually(lambda: asyncio.sleep(0, service.kit.size == 1))
    service.authgate.send(revocation(1, sid="s1"))
    async with asyncio.timeout(2):
        await ended.wait()
    await task


async def test_a_framework_that_wraps_the_error_of_a_gone_client_is_understood(service):
    class Disconnected(Exception):
        pass

    def wrapping(send):
        async def wrapped(message):
            try:
                await send(message)
            except OSError:
                raise Disconnected from None

        return wrapped

    async def app(scope, receive, send):
        await service(scope, receive, wrapping(send))

    client = SocketClient(app).say({"type": "auth", "token": service.authgate.token()})
    await client.heard(1)
    client.say("a")
    client.leaves = True
    client.leave()

    assert await client.ends() is None


async def test_closing_the_kit_closes_every_socket(service):
    clients = [await service.login() for _ in range(3)]
    await service.kit.close()

    assert [await client.ends() for client in clients] == [1013] * 3


async def test_an_application_may_close_its_own_way():
    async with fake() as authgate, authgate.verifier() as verifier:
        kit = SocketKit(verifier)

        async def app(scope, receive, send):
            async with kit.accept(scope, receive, send) as session:
                await session.close(Close(4000, "moved"))
                await session.send_text("nobody hears it")
                with pytest.raises(ConnectionResetError, match="4000 moved"):
                    await session.send({"type": "websocket.send", "text": "nor this"})
                assert [text async for text in session] == []

        client = SocketClient(app).say({"type": "auth", "token": authgate.token()})
        assert await client.ends() == 4000


async def test_the_example_of_the_documentation_works_as_it_stands():
    [example] = code_blocks(read("docs/websockets.md"), "python")
    async with fake() as authgate, authgate.verifier() as verifier:
        names = {"SocketKit": SocketKit, "verifier": verifier}
        exec(example, names)
        client = SocketClient(names["chat"]).say({"type": "auth", "token": authgate.token()}, "hello")
        await client.heard(2)

        assert client.messages[1] == {"from": "ada", "text": "hello"}
        await names["kit"].close()
        assert await client.ends() == 1013
