"""The Postgres and the Valkey of a run: private, thrown away afterwards, and as durable as in production."""

import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from app.launch import processes
from app.launch import valkey as embedded
from tests import services
from tests.ports import free_port

# The tests' Postgres keeps nothing safe; ours pays for a commit what a deployment pays.
services._POSTGRES_OPTIONS.update(fsync="on", synchronous_commit="on", full_page_writes="on", shared_buffers="256MB")

_START_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Stores:
    directory: Path
    postgres: services.Postgres
    valkey: int
    """Its process id."""
    redis_url: str

    @property
    def pids(self) -> tuple[int, int]:
        return self.postgres.process.pid, self.valkey

    @property
    def socket_directory(self) -> str:
        return str(self.postgres.directory)

    def redis(self) -> Redis:
        return Redis.from_url(self.redis_url)


@contextmanager
def running() -> Iterator[Stores]:
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="authgate-bench-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        directory.chmod(0o711)  # Postgres runs as another user when we are root
        postgres = services.Postgres.start(directory / "postgres")
        stack.callback(postgres.stop)
        pid, url = _start_valkey(directory, stack)
        yield Stores(directory, postgres, pid, url)


def _start_valkey(directory: Path, stack: ExitStack) -> tuple[int, str]:
    """On TCP, as everybody reaches it in production; it writes every change down, once a second."""
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(directory), "--save", ""]
    durable = ["--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"]
    with (directory / "valkey.log").open("wb") as log:
        server = processes.spawn([embedded.find_binary(), *options, *durable], death_signal=signal.SIGTERM, output=log)
    stack.callback(processes.stop, server, grace=10)
    url = f"redis://127.0.0.1:{port}/0"
    _wait(Redis.from_url(url))
    return server.pid, url


def _wait(client: Redis) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            client.ping()
        except RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
