"""Starting a target with its data, and ending it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path

import orjson

from app.launch import processes
from bench import payloads, production, venvs
from bench.peers.common import REVOKED_JTI, blacklist_key
from bench.progress import say
from bench.stores import Stores
from bench.targets import OURS, Target
from tests.ports import free_port

_START_SECONDS = 60.0
_KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "TMPDIR")


class CheckFailedError(RuntimeError):
    """A target does not start, or does not answer as it must; the message says how."""


@dataclass(frozen=True, slots=True)
class Server:
    """A target that runs."""

    target: Target
    process: subprocess.Popen[bytes]
    port: int
    workers: int
    tokens: list[str]
    revoked: str
    start_seconds: float
    log: Path

    def me(self) -> list[bytes]:
        return self.target.me(self.port, self.tokens)

    def logins(self) -> list[bytes]:
        return self.target.logins(self.port)

    def asked_as(self, target: Target) -> "Server":
        """The same server, asked in another target's way."""
        return replace(self, target=target)


class Fleet:
    """Starts targets on the stores of a run; each database is made and filled once."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self._tokens: dict[str, list[str]] = {}
        self._secret = os.urandom(32).hex()

    @contextmanager
    def running(
        self, target: Target, *, workers: int = 1, environment: Mapping[str, str] | None = None
    ) -> Iterator[Server]:
        """The target, started: it has given a good answer. Raises CheckFailedError."""
        venvs.require(target.venv)
        self._fill(target)
        self.stores.redis().set(blacklist_key(REVOKED_JTI), 1)
        say(f"starting {target.name}")
        server = self._start(target, workers, {**self._environment(target), **(environment or {})})
        try:
            yield server
        finally:
            processes.stop(server.process, grace=15)

    def run_ours(self, module: str, *arguments: str) -> str:
        """What a module of the benchmark prints on stderr, run in the server's environment. Raises CheckFailedError."""
        self._fill(OURS)
        command: list[str] = [str(venvs.python("")), "-m", module, *arguments]
        with (self.stores.directory / f"{module}.log").open("wb") as log:
            done = subprocess.run(
                command,
                cwd=venvs.ROOT,
                env=self._environment(OURS),
                stdout=log,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        if done.returncode:
            raise CheckFailedError(f"{module} failed:\n{done.stderr[-2000:]}")
        return done.stderr

    def _fill(self, target: Target) -> None:
        """Tables and accounts, and the tokens that our own seed makes with the real keys."""
        if not target.seed or target.database in self._tokens:
            return
        say(f"filling the database {target.database}")
        self.stores.postgres.create_database(target.database)
        command: list[str] = [str(venvs.python(target.venv)), "-m", target.seed]
        seeded = subprocess.run(
            command, cwd=venvs.ROOT, env=self._environment(target), capture_output=True, text=True, check=False
        )
        if seeded.returncode:
            raise CheckFailedError(f"{target.name}: its data could not be made:\n{seeded.stderr[-2000:]}")
        self._tokens[target.database] = orjson.loads(seeded.stdout) if target.is_ours else []

    def _start(self, target: Target, workers: int, environment: dict[str, str]) -> Server:
        *tokens, revoked = self._tokens[target.database] if target.is_ours else target.tokens()
        port, started = free_port(), time.monotonic()
        path = self.stores.directory / f"{target.name}.log"
        with path.open("ab") as log:
            process = processes.spawn(
                target.command(port, workers),
                death_signal=signal.SIGTERM,
                output=log,
                env=environment,
                directory=venvs.ROOT,
            )
        _wait(process, port, target.me(port, tokens[:1])[0], path)
        return Server(target, process, port, workers, tokens, revoked, time.monotonic() - started, path)

    def _environment(self, target: Target) -> dict[str, str]:
        own = self._ours() if target.is_ours else self._peers(target)
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, **own, **target.environment}

    def _peers(self, target: Target) -> dict[str, str]:
        return {
            "REDIS_URL": self.stores.redis_url,
            "DATABASE_HOST": self.stores.socket_directory,
            "DATABASE_NAME": target.database,
        }

    def _ours(self) -> dict[str, str]:
        return production.environment(
            self.stores.directory / "authgate",
            secret=self._secret,
            database_url=self.stores.postgres.url("authgate"),
            redis_url=self.stores.redis_url,
        )


def _wait(process: subprocess.Popen[bytes], port: int, request: bytes, log: Path) -> None:
    """Until the first good answer. Raises CheckFailedError."""
    deadline = time.monotonic() + _START_SECONDS
    answer: object = None
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer = payloads.answer_to(port, request)
        except (OSError, HTTPException) as error:
            answer = error
        else:
            if answer[0] == 200:
                return
        time.sleep(0.01)
    processes.stop(process, grace=5)
    raise CheckFailedError(f"{log.stem} did not start: {answer}; its log:\n{log.read_text(errors='replace')[-2000:]}")
