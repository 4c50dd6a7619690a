"""Many at once, with the real password hash."""

import asyncio
import json
import time
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection

import pytest

from tests.wire.stack import PASSWORD

LOGINS, RACERS = 200, 50


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


def times_of_me(port, token, enough):
    """How long each call of /me took, one after the other, until `enough` says so."""
    times = []
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        while not enough():
            started = time.monotonic()
            client.request("GET", "/api/auth/me", headers={"Authorization": f"Bearer {token}"})
            response = client.getresponse()
            response.read()
            times.append(time.monotonic() - started)
            assert response.status == 200
    return times


async def test_200_logins_at_once_do_not_starve_me(stack):
    async with stack.client() as client:
        bodies = [await stack.register(client) for _ in range(3)]
    port, token = stack.server.port, bodies[0]["access_token"]
    names = [body["user"]["username"] for body in bodies]
    logins = [
        asyncio.create_task(post(port, "/api/auth/login", {"username": names[n % 3], "password": PASSWORD}))
        for n in range(LOGINS)
    ]

    times = await asyncio.to_thread(times_of_me, port, token, lambda: all(login.done() for login in logins))

    assert len(times) > 10
    assert max(times) < 1
    assert Counter(status for status, _ in await asyncio.gather(*logins)) == {200: LOGINS}


def same_name(stack):
    name = stack.new_name()
    return [stack.registration(username=name) for _ in range(RACERS)]


def same_address(stack):
    mail = f"{stack.new_name()}@example.com"
    return [stack.registration(email=mail) for _ in range(RACERS)]


def same_request(stack):
    return [stack.registration()] * RACERS


def case_variants(stack):
    name = f"{stack.new_name()}abcdef"
    return [
        stack.registration(username="".join(c.upper() if n >> i & 1 else c for i, c in enumerate(name)))
        for n in range(RACERS)
    ]


def nfkc_variants(stack):
    name = f"{stack.new_name()}office"
    wide = {c: chr(ord(c) - 0x21 + 0xFF01) for c in name}
    spelled = ["".join(wide[c] if n >> i & 1 else c for i, c in enumerate(name)) for n in range(RACERS - 1)]
    return [stack.registration(username=text) for text in [*spelled, name.replace("ffi", "ﬃ")]]


def address_variants(stack):
    mail = f"{stack.new_name()}@example.com"
    return [
        stack.registration(email="".join(c.upper() if n >> i & 1 else c for i, c in enumerate(mail)))
        for n in range(RACERS)
    ]


@pytest.mark.parametrize(
    "bodies_of", [same_name, same_address, same_request, case_variants, nfkc_variants, address_variants]
)
async def test_of_50_registrations_of_one_account_at_once_one_succeeds(stack, bodies_of):
    bodies = bodies_of(stack)

    answers = await asyncio.gather(*(post(stack.server.port, "/api/auth/register", body) for body in bodies))

    assert Counter(status for status, _ in answers) == {201: 1, 409: RACERS - 1}
