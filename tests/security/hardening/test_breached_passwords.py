"""Passwords that were stolen elsewhere, asked for by k-anonymity at a range API that the test brings itself."""

import asyncio
import hashlib
from contextlib import asynccontextmanager

import pytest

from tests.conftest import PASSWORD, client_of, eventually, registration, serving
from tests.integration.calls import change_password, login, problems, try_login

DIGEST = hashlib.sha1(PASSWORD.encode()).hexdigest().upper()
PREFIX, SUFFIX = DIGEST[:5], DIGEST[5:]
NEIGHBOURS = "0018A45C4D1DEF81644B54AB7F969B88D65:12\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2"


class RangeAPI:
    """Answers what it is told to; `asked` holds the request lines, `fields` their header fields."""

    def __init__(self):
        self.asked, self.fields = [], []
        self.answer = (200, NEIGHBOURS)
        self.hangs = self.is_kept = False
        self.connections = self.closed = 0
        self._end = asyncio.Event()

    @asynccontextmanager
    async def serving(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/range/"
            yield self
        finally:
            self._end.set()
            server.close()
            await server.wait_closed()

    async def _serve(self, reader, writer):
        self.connections += 1
        while await self._answer(reader, writer) and self.is_kept:
            pass
        writer.close()
        await writer.wait_closed()

    async def _answer(self, reader, writer):
        """Whether there was a request."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            self.closed += 1
            return False
        lines = head.decode().split("\r\n")
        self.asked.append(lines[0])
        self.fields.append("\n".join(lines[1:]).lower())
        status, body = self.answer
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n"
        if self.hangs:
            await self._end.wait()
        writer.write((head + ("" if self.is_kept else "Connection: close\r\n") + "\r\n" + body).encode())
        return True


@pytest.fixture
async def ranges():
    async with RangeAPI().serving() as ranges:
        yield ranges


@pytest.fixture
async def checked(settings, ranges):
    """A client of an application that asks the range API."""
    async with serving(settings, breach_url=ranges.url) as application, client_of(application) as client:
        yield client


async def register(client):
    return await client.post("/api/auth/register", json=registration())


def is_logged(caplog):
    return [record for record in caplog.records if "breach_check_unavailable" in str(record.msg)]


@pytest.mark.parametrize("count", [1, 10, 9659365])
async def test_a_stolen_password_is_refused(checked, ranges, count):
    ranges.answer = (200, f"{NEIGHBOURS}\r\n{SUFFIX}:{count}\r\n")
    wanted = registration()

    answer = await checked.post("/api/auth/register", json=wanted)

    assert problems(answer) == {"password": "password_breached"}
    assert (await try_login(checked, wanted["username"])).status_code == 401


async def test_a_password_that_nobody_stole_passes(checked, ranges):
    assert (await register(checked)).status_code == 201
    assert len(ranges.asked) == 1


async def test_a_line_of_padding_is_no_theft(checked, ranges):
    ranges.answer = (200, f"{SUFFIX}:0\r\n{NEIGHBOURS}")

    assert (await register(checked)).status_code == 201


async def test_five_digits_of_the_digest_are_all_that_leaves(checked, ranges):
    await register(checked)

    assert ranges.asked == [f"GET /range/{PREFIX} HTTP/1.1"]
    assert "add-padding: true" in ranges.fields[0]
    assert SUFFIX.lower() not in ranges.fields[0]


async def test_a_new_password_is_asked_about_too(checked, ranges, account):
    ann = await account()
    ranges.answer = (200, f"{hashlib.sha1(f'new {PASSWORD}'.encode()).hexdigest().upper()[5:]}:3")

    assert problems(await change_password(checked, ann.access_token)) == {"new_password": "password_breached"}
    assert (await login(checked, ann))["access_token"]


async def test_a_worker_keeps_its_connection_and_closes_it_in_the_end(settings, ranges):
    ranges.is_kept = True
    async with serving(settings, breach_url=ranges.url) as application, client_of(application) as client:
        for _ in range(3):
            assert (await register(client)).status_code == 201

        assert (len(ranges.asked), ranges.connections, ranges.closed) == (3, 1, 0)

    async def is_closed():
        return ranges.closed == 1

    assert await eventually(is_closed)


async def test_a_login_asks_nothing(checked, ranges, account):
    await login(checked, await account())

    assert ranges.asked == []


@pytest.mark.parametrize("status", [301, 404, 429, 500, 503])
async def test_an_error_of_the_service_lets_pass_and_is_logged(checked, ranges, caplog, status):
    ranges.answer = (status, f"{SUFFIX}:5")

    assert (await register(checked)).status_code == 201
    assert is_logged(caplog)


async def test_a_service_that_does_not_answer_in_time_lets_pass_and_is_logged(checked, ranges, caplog, monkeypatch):
    monkeypatch.setattr("auth.passwords.breaches.TIMEOUT_SECONDS", 0.1)
    ranges.hangs = True

    assert (await register(checked)).status_code == 201
    [record] = is_logged(caplog)
    assert record.msg["cause"] == "TimeoutError"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/range/", "http://[/", "nothing://x/"])
async def test_a_service_that_is_not_there_lets_pass_and_is_logged(settings, caplog, url):
    async with serving(settings, breach_url=url) as application, client_of(application) as client:
        assert (await register(client)).status_code == 201
    assert is_logged(caplog)


async def test_the_log_holds_neither_password_nor_digest(checked, ranges, caplog):
    ranges.answer = (500, "")

    await register(checked)

    assert is_logged(caplog)
    for secret in (PASSWORD, SUFFIX, PREFIX):  # httpx would log the address that it asks
        assert secret not in caplog.text


def test_it_is_off_unless_switched_on(settings):
    assert settings.AUTH.breach_url == ""
