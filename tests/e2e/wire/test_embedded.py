"""The embedded Valkey keeps what it was given, whatever ended it, and is found where it listens."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from redis import Redis

from app.launch import valkey
from auth.core.valkey_socket import socket_path

pytestmark = pytest.mark.long


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data_dir: Path) -> Generator[valkey.Embedded]:
    server = valkey.start(data_dir)
    yield server
    server.stop()


class Starter:
    """Another process that starts the server of `data_dir` and waits to be killed."""

    SCRIPT = """
import sys, pathlib
from app.launch import valkey
server = valkey.start(pathlib.Path(sys.argv[1]))
print("ours" if server.process else "theirs", flush=True)
sys.stdin.read()
"""

    def __init__(self, data_dir: Path) -> None:
        command = [sys.executable, "-c", self.SCRIPT, str(data_dir)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def whose(self) -> bytes:
        """Wait until the server answers it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


def kill(server: valkey.Embedded) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()


def value(server: valkey.Embedded) -> bytes | None:
    """What it holds under "key"; stops it."""
    with Redis.from_url(server.url) as client:
        found = client.get("key")
    server.stop()
    assert found is None or isinstance(found, bytes)
    return found


def store(server: valkey.Embedded) -> None:
    """Put something under "key" and wait until it is on the disk."""
    with Redis.from_url(server.url) as client:
        client.set("key", "x" * 1000)
        client.waitaof(1, 0, 5000)


def test_data_survive_a_kill_and_the_socket_it_leaves_behind(data_dir: Path, server: valkey.Embedded) -> None:
    store(server)
    kill(server)

    assert socket_path(data_dir).exists()
    assert value(valkey.start(data_dir)) == b"x" * 1000


def test_a_torn_last_write_is_dropped_and_the_rest_is_loaded(data_dir: Path, server: valkey.Embedded) -> None:
    store(server)
    kill(server)
    [file] = (data_dir / "appendonlydir").glob("*.incr.aof")
    os.truncate(file, file.stat().st_size - 500)

    assert value(valkey.start(data_dir)) is None


def test_never_evicts_and_writes_an_append_only_file(server: valkey.Embedded) -> None:
    with Redis.from_url(server.url) as client:
        found = client.config_get("maxmemory-policy", "appendonly", "appendfsync", "save", "port")

    assert found == {
        "maxmemory-policy": "noeviction",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "port": "0",
    }


def test_nothing_of_it_is_readable_for_others(data_dir: Path, server: valkey.Embedded) -> None:
    modes = {path.name: path.stat().st_mode & 0o077 for path in [data_dir, *data_dir.rglob("*.aof")]}

    assert len(modes) > 1
    assert set(modes.values()) == {0}


def test_a_running_one_is_adopted_and_left_running(data_dir: Path, server: valkey.Embedded) -> None:
    adopted = valkey.start(data_dir)
    adopted.stop()

    assert adopted == valkey.Embedded(server.url, None)
    with Redis.from_url(server.url) as client:
        assert client.ping()


def test_of_many_starters_one_starts_it(data_dir: Path) -> None:
    starters = [Starter(data_dir) for _ in range(4)]
    whose = [starter.whose() for starter in starters]
    for starter in starters:
        starter.process.kill()
        starter.process.communicate()

    assert sorted(whose) == [b"ours", b"theirs", b"theirs", b"theirs"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans by itself")
def test_the_successor_of_a_killed_starter_does_not_adopt_its_dying_server(data_dir: Path) -> None:
    starter = Starter(data_dir)
    assert starter.whose() == b"ours"
    starter.process.kill()
    starter.process.communicate()

    successor = valkey.start(data_dir)
    assert successor.process is not None
    successor.stop()


@pytest.mark.parametrize("name", ["a b%20#?é", "long" * 30])
def test_the_address_is_good_for_any_directory(tmp_path: Path, name: str) -> None:
    server = valkey.start(tmp_path / name)
    try:
        with Redis.from_url(server.url) as client:
            assert client.ping()
    finally:
        server.stop()
        if "long" in name:
            socket_path(tmp_path / name).parent.rmdir()


def test_a_directory_planted_for_the_socket_is_refused(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 30)
    planted = socket_path(data_dir).parent
    planted.symlink_to(tmp_path)

    with pytest.raises(valkey.EmbeddedError, match="not a private directory"):
        valkey.start(data_dir)
    planted.unlink()


def test_a_server_that_cannot_start_is_reported_with_its_log(data_dir: Path) -> None:
    (data_dir / "appendonlydir").mkdir(parents=True)
    (data_dir / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    before = time.monotonic()

    with pytest.raises(valkey.EmbeddedError, match=r"see .*valkey\.log"):
        valkey.start(data_dir)
    assert time.monotonic() - before < 5
