"""`make chat` without make: what a visitor gets, and what is left when it ends."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from app.launch import processes
from tests.conftest import bearer, eventually
from tests.docs.documents import ROOT
from tests.e2e.chat.room import Chat, members
from tests.e2e.wire.stack import PASSWORD
from tests.e2e.wire.test_launcher import running
from tests.ports import free_port


class Launched:
    """The launcher, Authgate's address, the chat, and the environment by which all its processes are known."""

    def __init__(self, process, authgate, chat, env):
        self.process, self.authgate, self.chat, self.env = process, authgate, chat, env

    def is_gone(self):
        return not running(self.env)

    def secret(self):
        """That of the chat, as the kernel shows it to us."""
        [chat] = [pid for pid in running(self.env) if b"AUTHGATE_CLIENT_SECRET=" in environment_of(pid)]
        return environment_of(chat).partition(b"AUTHGATE_CLIENT_SECRET=")[2].partition(b"\0")[0].decode()


def environment_of(pid):
    return Path(f"/proc/{pid}/environ").read_bytes()


@asynccontextmanager
async def launched(kind, folder):
    """Both services are ready."""
    port, chat_port, log = free_port(), free_port(), folder / "log"
    env = {"DATA_DIR": str(folder / "data"), "DATABASE_URL": "", "REDIS_URL": "", "PYTHONPATH": str(ROOT)}
    env |= {"DJANGO_SETTINGS_MODULE": "settings.development", "PORT": str(port), "CHAT_PORT": str(chat_port)}
    with log.open("wb") as output:
        command = [sys.executable, "examples/chat/launch.py", kind]
        process = processes.spawn(
            command, death_signal=signal.SIGTERM, output=output, env={**os.environ, **env}, directory=ROOT
        )
    try:
        await asyncio.to_thread(wait_for_line, process, log, f"The chat ({kind}): http://127.0.0.1:{chat_port}/")
        yield Launched(process, f"http://127.0.0.1:{port}", Chat(f"http://127.0.0.1:{chat_port}", log), env)
    finally:
        await asyncio.to_thread(processes.stop, process, grace=20)


def wait_for_line(process, log, line):
    while line not in log.read_text():
        assert process.poll() is None, log.read_text()


async def visit(launched):
    """As the page does it, from its own origin. Returns what nobody may read anywhere."""
    origin = {"Origin": launched.chat.url}
    async with httpx.AsyncClient(headers=origin) as client:
        config = (await client.get(f"{launched.chat.url}/config.json")).json()
        assert config == {"authgate": launched.authgate, "audience": "chat"}
        for name in ("", "page.js", "page.css", "authgate.js"):
            assert (await client.get(f"{launched.chat.url}/{name}")).status_code == 200
        account = {"username": "ann", "email": "ann@example.com", "password": PASSWORD, "password_confirm": PASSWORD}
        answer = await client.post(f"{launched.authgate}/api/auth/register", json=account)
        assert answer.headers["access-control-allow-origin"] == launched.chat.url
        body, header = answer.json(), bearer(answer.json()["access_token"])
        wish = {"audience": config["audience"]}
        ticket = (await client.post(f"{launched.authgate}/api/auth/ws-ticket", json=wish, headers=header)).json()
        async with members(launched.chat, [{"ticket": ticket["ticket"]}]) as [ann]:
            await ann.send(type="message", text="hello")
            assert (await ann.hears(type="message"))["from"] == "ann"
            await client.post(f"{launched.authgate}/api/auth/logout", headers=header)
            await eventually(lambda: closed(ann), seconds=1)
            assert ann.closed == (4403, "revoked")
    return [body["access_token"], body["refresh_token"], ticket["ticket"], launched.secret()]


async def closed(member):
    return member.closed


async def check(kind, folder, signum, send):
    """A visit, then the end by `send(launcher, signum)`."""
    async with launched(kind, folder) as chat:
        secrets = await visit(chat)
        send(chat.process.pid, signum)
        code = await asyncio.to_thread(chat.process.wait, 20)
        assert code == (-signal.SIGKILL if signum == signal.SIGKILL else 0)
        await eventually(lambda: asyncio.to_thread(chat.is_gone), seconds=20)

    written = [path for path in [chat.chat.log, *(folder / "data").rglob("*")] if path.is_file()]
    leaks = [(path.name, n) for path in written for n, s in enumerate(secrets) if s.encode() in path.read_bytes()]
    assert leaks == []
