"""Many at once, with the real password hash."""

import asyncio
import json
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.conftest import bearer
from tests.e2e.wire.stack import PASSWORD

pytestmark = pytest.mark.long

LOGINS, RACERS, STRANGERS = 200, 50, 20
OR_LATER = {503}  # where hashes are slow, who would wait for ten seconds is told to come back


async def post(port, path, body):
    """One request on a connection of its own: status and fields. Cheap for the client, whose time is not measured."""
    payload = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        writer.write(head.encode() + payload)
        answer = await reader.read()
    fields = answer.partition(b"\r\n\r\n")[0].decode().lower()
    return int(fields.split()[1]), fields


def ends_during_me(port, token, logins):
    """How many of the logins succeeded while one call of /me waited, call after call, until all were answered.

    Those that waited too long for a hash are refused together, which costs nothing.
    """
    ends = []
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        while not all(login.done() for login in logins):
            before = successes(logins)
            client.request("GET", "/api/auth/me", headers={"Authorization": f"Bearer {token}"})
            response = client.getresponse()
            response.read()
            ends.append(successes(logins) - before)
            assert response.status == 200
    return ends


def successes(logins):
    return sum(login.done() and login.result()[0] == 200 for login in logins)


async def test_passwords_that_are_dear_to_judge_stop_no_login(any_stack):
    """Registrations and changes at once, of a password that once took five seconds to refuse: four had been enough.

    Forty took longer than the client waits.
    """
    dear = ("4@8({[<369&#!1/|0$5+7%2" * 4)[:72]
    weak = {"password": dear, "password_confirm": dear, "first_name": dear}
    change = {"old_password": PASSWORD, "new_password": dear, "new_password_confirm": dear}
    async with any_stack.client() as client:
        owner = (await any_stack.register(client))["user"]["username"]
        stranger = (await any_stack.register(client, first_name=dear))["access_token"]
        hostile = [
            asyncio.create_task(call)
            for _ in range(STRANGERS)
            for call in (
                client.post("/api/auth/register", json=any_stack.registration(**weak)),
                client.post("/api/auth/change-password", json=change, headers=bearer(stranger)),
            )
        ]
        answer = await client.post("/api/auth/login", json={"username": owner, "password": PASSWORD})

        assert answer.status_code == 200
        assert Counter(refused.status_code for refused in await asyncio.gather(*hostile)) == {422: 2 * STRANGERS}


async def test_200_logins_at_once_do_not_starve_me(stack):
    async with stack.client() as client:
        bodies = [await stack.register(client) for _ in range(3)]
    port, token = stack.server.port, bodies[0]["access_token"]
    names = [body["user"]["username"] for body in bodies]
    logins = [
        asyncio.create_task(post(port, "/api/auth/login", {"username": names[n % 3], "password": PASSWORD}))
        for n in range(LOGINS)
    ]

    ends = await asyncio.to_thread(ends_during_me, port, token, logins)

    print(f"{len(ends)} calls of /me beside {LOGINS} logins, at most {max(ends)} of these during one")
    assert len(ends) > 10
    assert max(ends) < LOGINS / 4
    statuses = Counter(status for status, _ in await asyncio.gather(*logins))
    assert statuses.keys() <= OR_LATER | {200}
    assert statuses[200] > LOGINS / 20


def in_cases(text):
    return ["".join(c.upper() if n >> i & 1 else c for i, c in enumerate(text)) for n in range(RACERS)]


def in_widths(text):
    """Full-width letters and digits, which NFKC makes plain."""
    wide = {c: chr(ord(c) - 0x21 + 0xFF01) for c in text}
    return ["".join(wide[c] if n >> i & 1 else c for i, c in enumerate(text)) for n in range(RACERS)]


def one_name(stack):
    """A third the same, a third in other cases, a third in other NFKC forms."""
    name = f"{stack.new_name()}office"
    spelled = [[name] * RACERS, in_cases(name), [*in_widths(name)[1:], name.replace("ffi", "ﬃ")]]
    return [stack.registration(username=spelled[n % 3][n]) for n in range(RACERS)]


def one_address(stack):
    mail = f"{stack.new_name()}@example.com"
    spelled = [[mail] * RACERS, in_cases(mail)]
    return [stack.registration(email=spelled[n % 2][n]) for n in range(RACERS)]


def one_request(stack):
    return [stack.registration()] * RACERS


@pytest.mark.parametrize("bodies_of", [one_name, one_address, one_request])
async def test_of_50_registrations_of_one_account_at_once_one_succeeds(stack, bodies_of):
    bodies = bodies_of(stack)

    answers = await asyncio.gather(*(post(stack.server.port, "/api/auth/register", body) for body in bodies))

    statuses = Counter(status for status, _ in answers)
    assert statuses.keys() <= OR_LATER | {201, 409}
    assert statuses[201] == 1
    assert statuses[409] > 0
