"""A whole deployment of its own: a database, a Valkey, and a server with two workers and the real password hash."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from app.launch import serve
from app.launch import valkey as embedded
from app.launch.valkey import Embedded
from auth.clients.secrets import hash_secret
from auth.core.policies import LIMITS, variable_of
from tests.conftest import eventually
from tests.e2e.wire.server import Server
from tests.integration.oauth.calls import Service
from tests.services import Services

Kind = Literal["sqlite", "postgres"]

_PROJECT = Path(__file__).resolve().parents[3]
_LIMITED = {"ws_ticket", "trusted_caller"}
PASSWORD = "correct horse battery staple"
SERVICE = Service("wire-service", "a secret of a service, thirty-two bytes")


@dataclass(slots=True)
class Stack:
    """What is running. Tests may end and restart parts of it, and leave it as they found it."""

    data_dir: Path
    database: str
    env: Mapping[str, str]
    server: Server
    valkey: Embedded
    names: int = field(default=0)
    answered: list[str] = field(default_factory=list)
    """The request ids of all answers that clients of this stack got."""

    def client(self, **options: Any) -> httpx.AsyncClient:
        hooks = {"response": [self._note]}
        # There is no TLS to verify.
        return httpx.AsyncClient(base_url=self.server.url, timeout=30, verify=False, event_hooks=hooks, **options)

    async def _note(self, answer: httpx.Response) -> None:
        self.answered.append(answer.headers["x-request-id"])

    def mark(self) -> tuple[int, int]:
        """Where the log stands now, for `log_since`."""
        return len(self.server.output()), len(self.answered)

    async def log_since(self, mark: tuple[int, int]) -> list[str]:
        """The log's lines from there on, once each answer from there on has its line.

        A line is written behind its answer, and each worker writes for itself.
        """
        start, answered = mark

        async def written() -> list[str]:
            text = self.server.output()[start:]
            return text.splitlines() if all(answer in text for answer in self.answered[answered:]) else []

        return await eventually(written)

    def new_name(self) -> str:
        self.names += 1
        return f"wire{self.names}{secrets.token_hex(3)}"

    async def register(self, client: httpx.AsyncClient, **changes: str) -> dict[str, Any]:
        """The token body of a new account."""
        answer = await client.post("/api/auth/register", json=self.registration(**changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def registration(self, **changes: str) -> dict[str, str]:
        name = self.new_name()
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, "password_confirm": PASSWORD}
        return {**body, **changes}

    async def manage(self, *arguments: str) -> str:
        """What `python manage.py …` prints, in a process of its own."""
        return await manage(self.env, *arguments)

    async def shell(self, code: str) -> str:
        imports = "from django.contrib.auth import get_user_model; User = get_user_model(); "
        return await self.manage("shell", "--no-imports", "-c", imports + code)

    async def stop_server(self) -> None:
        await self.server.stop()

    async def start_server(self) -> None:
        self.server.start()
        await self.until_ready()

    async def until_ready(self) -> None:
        await asyncio.to_thread(serve.wait_until_ready, self.server.process, "127.0.0.1", self.server.port)

    def kill_valkey(self) -> None:
        assert self.valkey.process is not None
        os.kill(self.valkey.process.pid, signal.SIGKILL)
        self.valkey.process.wait()

    def start_valkey(self) -> None:
        self.valkey = embedded.start(self.data_dir)


@asynccontextmanager
async def running(kind: Kind, services: Services, data_dir: Path, **changes: str) -> AsyncIterator[Stack]:
    """A stack in `data_dir`, which ends with the block. SQLite is where it is by default: in DATA_DIR.

    `changes` are settings of its own.
    """
    database = f"wire{secrets.token_hex(4)}"
    valkey = embedded.start(data_dir)
    env = {
        "DJANGO_SETTINGS_MODULE": "settings.development",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": services.create_database(database) if kind == "postgres" else "",
        "REDIS_URL": valkey.url,
        "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "SERVICE_CLIENTS": f"{SERVICE.client_id}:{hash_secret(SERVICE.secret)}",
        **{variable_of(name): "off" for name in LIMITS if name not in _LIMITED},
        **changes,
    }
    stack = Stack(data_dir, database, env, Server(env=env, workers=2), valkey)
    try:
        await stack.manage("migrate", "--verbosity=0")
        async with stack.server:
            yield stack
    finally:
        stack.valkey.stop()


async def manage(env: Mapping[str, str], *arguments: str) -> str:
    """What `python manage.py …` prints in this environment."""
    return await asyncio.to_thread(_manage, env, arguments)


def _manage(env: Mapping[str, str], arguments: tuple[str, ...]) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=_PROJECT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
