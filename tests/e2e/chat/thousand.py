"""A thousand sockets of the example chat, at two workers of Authgate: endings close theirs, in time, and no others."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from statistics import quantiles

from tests.conftest import bearer, eventually
from tests.docs.documents import ROOT
from tests.e2e.chat.room import chat, members
from tests.e2e.wire.stack import PASSWORD, SERVICE, running

# Accounts, each with two sessions; each session has a socket.
REFRESHING = range(100)
LOGGING_OUT = range(100, 220)
BANNED = range(220, 270)
CHANGING_PASSWORD = range(270, 290)
ACCOUNTS = 500
BOUND = 1.0  # seconds
JWT = re.compile(r"eyJ[\w-]{20,}")  # longer than a random id, which may begin so by chance

BAN = """
import json, time
banned = {}
for pk in %s:
    User.objects.filter(pk=pk).update(is_active=False)
    banned[pk] = time.monotonic()
print(json.dumps(list(banned.items())))
"""


async def check(kind, services, tmp_path):
    """`kind` of examples/chat/launch.py. Prints the figures."""
    log = tmp_path / "chat.log"
    async with running("sqlite", services, tmp_path / "authgate") as stack, stack.client() as client:
        scene = Scene(stack, client, await seed(stack))
        async with chat(kind, stack, log) as room:
            waits = await end_some(scene, room)
        told = [stack.server.output(), log.read_text(), await feed_of(stack)]

    cuts = quantiles(waits, n=100)
    print(f"{kind}: {len(waits)} closed; p50 {cuts[49]:.3f} s, p99 {cuts[98]:.3f} s, max {max(waits):.3f} s")
    assert cuts[98] < BOUND
    for text in told:
        assert text
        assert "Traceback" not in text
        assert not JWT.search(text)
        assert not [secret for secret in [*scene.secrets, SERVICE.secret] if secret in text]


class Scene:
    """The sessions of the accounts, their sockets, and when the ending of each was answered."""

    def __init__(self, stack, client, sessions):
        self.stack, self.client, self.sessions = stack, client, sessions
        self.answered = {}
        self.secrets = [session[name] for session in sessions for name in ("access_token", "refresh_token")]

    def of(self, accounts, *, only_first=False):
        """The places of their sessions."""
        return [2 * account + n for account in accounts for n in range(1 if only_first else 2)]

    async def call(self, path, place, **body):
        header = bearer(self.sessions[place]["access_token"])
        answer = await self.client.post(f"/api/auth/{path}", json=body, headers=header)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ticket(self, place):
        ticket = (await self.call("ws-ticket", place))["ticket"]
        self.secrets.append(ticket)
        return {"ticket": ticket}

    async def refresh(self, place):
        pair = await self.call("refresh", place, refresh_token=self.sessions[place]["refresh_token"])
        self.secrets += [pair["access_token"], pair["refresh_token"]]
        return pair["access_token"]

    async def log_out(self, place):
        await self.call("logout", place)
        self.answered[place] = time.monotonic()

    async def change_password(self, account):
        new = "another correct horse battery"
        passwords = {"old_password": PASSWORD, "new_password": new, "new_password_confirm": new}
        pair = await self.call("change-password", 2 * account, **passwords)
        self.answered |= dict.fromkeys(self.of([account]), time.monotonic())
        self.secrets += [pair["access_token"], pair["refresh_token"]]

    async def ban(self, accounts):
        """In a process of its own, where one clock serves all: each ending is answered when its update returns."""
        owners = {self.sessions[2 * account]["user"]: account for account in accounts}
        printed = await self.stack.shell(BAN % list(owners))
        for user, moment in json.loads(printed):
            self.answered |= dict.fromkeys(self.of([owners[user]]), moment)


async def seed(stack):
    command = [sys.executable, "-m", "tests.e2e.chat.seed", str(ACCOUNTS)]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=ROOT,
        env={**os.environ, **stack.env, "PORT": str(stack.server.port)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def together(call, places, *, limit=16):
    """All of the calls, `limit` at a time."""
    gate = asyncio.Semaphore(limit)

    async def one(place):
        async with gate:
            return await call(place)

    return await asyncio.gather(*map(one, places))


async def feed_of(stack):
    """All that the feed tells."""
    text = ""
    async with (
        stack.client(auth=(SERVICE.client_id, SERVICE.secret)) as client,
        client.stream("GET", "/api/oauth/revocations") as stream,
    ):
        parts = stream.aiter_text()
        while "event: heartbeat" not in text:
            text += await anext(parts)
    return text


async def end_some(scene, room):
    """Seconds from each ending's answer to the close."""
    async with members(room, await credentials(scene)) as sockets:
        for place, token in zip(scene.of(REFRESHING), await together(scene.refresh, scene.of(REFRESHING)), strict=True):
            await sockets[place].send(type="auth", token=token)
        await together(scene.log_out, scene.of(LOGGING_OUT, only_first=True))
        await scene.ban(BANNED)
        await together(scene.change_password, CHANGING_PASSWORD, limit=2)

        ended = {place: sockets[place] for place in scene.answered}
        spared = [member for place, member in enumerate(sockets) if place not in ended]
        await until_closed(ended.values())
        await until_all_hear(spared, "who is there?")
        assert {member.closed for member in ended.values()} == {(4403, "revoked")}
        assert (len(ended), len(spared)) == (260, 740)
        assert all(renewals(sockets[place]) == 1 for place in scene.of(REFRESHING))
        return [max(0.0, member.closed_at - scene.answered[place]) for place, member in ended.items()]


async def credentials(scene):
    """Tokens, but tickets for those who will log out."""
    found = [{"token": session["access_token"]} for session in scene.sessions]
    places = scene.of(LOGGING_OUT)
    for place, ticket in zip(places, await together(scene.ticket, places), strict=True):
        found[place] = ticket
    return found


async def until_closed(sockets):
    async def all_closed():
        return all(member.closed for member in sockets)

    await eventually(all_closed)


async def until_all_hear(sockets, text):
    """One of them says it. Whoever was closed wrongly does not hear it."""
    await sockets[0].send(type="message", text=text)
    await asyncio.gather(*(member.hears(type="message", text=text) for member in sockets))


def renewals(member):
    return sum(message["type"] == "auth.ok" for message in member.messages)
