"""Valkeys on TCP ports, as others run them: with replicas, users, and whatever else `options` say."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from app.launch import processes, valkey
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Valkey:
    """A running server, and a client that may do everything."""

    port: int
    admin: redis.Redis

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def follow(self, primary: "Valkey") -> None:
        """Become a replica of the other, and have all that it has. Fails after 10 s."""
        self.admin.replicaof("127.0.0.1", str(primary.port))
        until(lambda: self.admin.info("replication").get("master_link_status") == "up")

    def is_primary(self) -> bool:
        return bool(self.admin.info("replication")["role"] == "master")

    def hand_over_to(self, replica: "Valkey") -> None:
        """FAILOVER: both swap their roles, and nothing is lost."""
        self.admin.execute_command("FAILOVER", "TO", "127.0.0.1", str(replica.port))
        until(lambda: replica.is_primary() and not self.is_primary())


@contextmanager
def running(directory: Path, *options: str) -> Iterator[Valkey]:
    """A server in `directory`, which is made, until the block ends. Its diskless copies begin at once."""
    directory.mkdir()
    port = free_port()
    fixed = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(directory), "--save", ""]
    quick = ["--repl-diskless-sync-delay", "0", "--maxmemory-policy", "noeviction"]
    with (directory / "log").open("ab") as log:
        command = [str(valkey.find_binary()), *fixed, *quick, *options]
        process = processes.spawn(command, death_signal=signal.SIGKILL, output=log, directory=directory)
    try:
        with redis.Redis(port=port) as admin:
            until(lambda: _answers(admin))
            yield Valkey(port, admin)
    finally:
        processes.stop(process, grace=5)


def _answers(admin: redis.Redis) -> bool:
    try:
        return bool(admin.ping())
    except redis.RedisError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
