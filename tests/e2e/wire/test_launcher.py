"""`make run` over real processes: however it ends, nothing of it is left."""

import asyncio
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.launch import open_files
from tests.e2e.wire.server import Server
from tests.ports import free_port

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; only Linux ends orphans by itself"),
]


@pytest.fixture(autouse=True)
def _terminal() -> Iterator[None]:
    """Closing it ends what it runs, also where these tests run under nohup, which servers would inherit."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A launcher that brings all of its stores itself."""
    return {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": "", "REDIS_URL": ""}


def running(env: dict[str, str], kind: str = "") -> list[int]:
    """The processes of this DATA_DIR whose command line contains `kind`."""
    return [
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if kind.encode() in (command := _content(entry / "cmdline"))
        and env["DATA_DIR"].encode() in command + _content(entry / "environ")  # Valkey overwrites its environ
    ]


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


async def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until the condition holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def wait(server: Server) -> int:
    return server.process.wait(20)


async def test_serves_with_two_workers_an_own_valkey_and_a_banner(env: dict[str, str]) -> None:
    async with Server(env=env, workers=2, launcher=True) as server:
        assert len(running(env, "valkey-server")) == 1
        await eventually(lambda: len(running(env, "multiprocessing.spawn")) == 2)
        await eventually(lambda: f"{server.url}/api/auth/" in server.output())


async def test_its_workers_may_open_as_many_files_as_the_system_grants(env: dict[str, str]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        async with Server(env=env, workers=2, launcher=True):
            await eventually(lambda: len(running(env, "multiprocessing.spawn")) == 2)
            limits = {resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in running(env, "multiprocessing.spawn")}
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert limits == {(min(hard, open_files.MOST), hard)}


async def test_the_command_for_an_admin_names_the_place_that_is_served(env: dict[str, str]) -> None:
    async with Server(env=env, launcher=True) as server:
        command = f"(create an admin: DATA_DIR={env['DATA_DIR']} .venv/bin/python manage.py createsuperuser)"
        await eventually(lambda: command in server.output())


async def test_becomes_ready_where_its_address_is_no_allowed_host(env: dict[str, str]) -> None:
    async with Server(env=env | {"ALLOWED_HOSTS": "auth.example.org"}, launcher=True) as server:
        await eventually(lambda: "is ready" in server.output())


@pytest.mark.parametrize(
    ("signum", "send", "workers"),
    [
        pytest.param(signal.SIGINT, os.killpg, 2, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, os.kill, 1, id="SIGTERM, one worker"),
        pytest.param(signal.SIGTERM, os.kill, 2, id="SIGTERM, two workers"),
        pytest.param(signal.SIGHUP, os.killpg, 1, id="terminal closed"),
    ],
)
async def test_a_stop_is_orderly(
    env: dict[str, str], signum: int, send: Callable[[int, int], None], workers: int
) -> None:
    async with Server(env=env, workers=workers, launcher=True) as server:
        await eventually(lambda: server.output().count("Application startup complete") == workers)
        send(server.process.pid, signum)

        assert await asyncio.to_thread(wait, server) == 0
        assert server.output().count("Application shutdown complete") == workers
        await eventually(lambda: not running(env))


async def test_a_stop_while_starting_leaves_nothing(env: dict[str, str], tmp_path: Path) -> None:
    server = Server(env=env, launcher=True)
    server.start()
    await eventually(lambda: running(env, "valkey-server"))
    server.process.send_signal(signal.SIGTERM)

    assert await asyncio.to_thread(wait, server) == 0
    await eventually(lambda: not running(env))


async def test_a_killed_launcher_takes_everything_with_it_and_can_start_again(env: dict[str, str]) -> None:
    async with Server(env=env, workers=2, launcher=True) as server:
        server.process.kill()
        await eventually(lambda: not running(env))
    async with Server(env=env, launcher=True):
        assert running(env, "valkey-server")


async def test_a_killed_uvicorn_ends_the_launcher_with_its_code(env: dict[str, str]) -> None:
    async with Server(env=env, workers=2, launcher=True) as server:
        await eventually(lambda: "is ready" in server.output())  # the launcher knows it too
        [supervisor] = running(env, "asgi:application")
        os.kill(supervisor, signal.SIGKILL)

        assert await asyncio.to_thread(wait, server) == 128 + signal.SIGKILL
        assert "exited unexpectedly with code -9" in server.output()
        await eventually(lambda: not running(env))


async def test_workers_end_when_launcher_and_supervisor_are_killed_together(env: dict[str, str]) -> None:
    async with Server(env=env, workers=2, launcher=True) as server:
        [supervisor] = running(env, "asgi:application")
        os.kill(server.process.pid, signal.SIGSTOP)  # so that it cannot clean up
        os.kill(supervisor, signal.SIGKILL)

        await eventually(lambda: not running(env, "multiprocessing.spawn"))
        server.process.kill()
        await eventually(lambda: not running(env))


async def test_a_port_in_use_is_one_clear_line_and_leaves_nothing(env: dict[str, str]) -> None:
    server = Server(env=env, launcher=True)
    with socket.create_server(("127.0.0.1", server.port)):
        server.start()
        code = await asyncio.to_thread(wait, server)

    assert code == 1
    assert server.output().splitlines() == [
        f"authgate: cannot start: cannot listen on port {server.port} of 127.0.0.1: it is in use."
        " Free it, or set PORT or HOST."
    ]
    assert not running(env)


async def test_an_unreachable_database_is_named_and_leaves_nothing(env: dict[str, str]) -> None:
    address = f"127.0.0.1:{free_port()}"
    server = Server(env=env | {"DATABASE_URL": f"postgresql://someone:hidden@{address}/x"}, launcher=True)
    server.start()

    assert await asyncio.to_thread(wait, server) == 1
    [line] = server.output().splitlines()
    assert line.startswith("authgate: cannot start: the database cannot be used, check DATABASE_URL: ")
    assert "hidden" not in line
    assert not running(env)
