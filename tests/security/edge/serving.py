"""The application of echo.py behind app/server, in a process of its own."""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.launch import processes, serve
from tests.conftest import eventually
from tests.docs.documents import ROOT
from tests.ports import free_port
from tests.security.edge.proxies import listens

_ENV = {"DJANGO_SETTINGS_MODULE": "settings.development", "ENV_FILE": "", "DATABASE_URL": "sqlite:///:memory:"}


@dataclass(frozen=True, slots=True)
class Echo:
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def memory(self, what: str) -> int:
        """MiB: `VmRSS` now, `VmHWM` at most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(rf"{what}:\s+(\d+) kB", status)[0]) // 1024


@asynccontextmanager
async def echoing(directory: Path) -> AsyncIterator[Echo]:
    port = free_port()
    command = serve.server_command("127.0.0.1", port, 1)
    command[command.index("asgi:application")] = "tests.security.edge.echo:app"
    env = {**os.environ, **_ENV, "DATA_DIR": str(directory)}
    log = directory / "log"
    with log.open("wb") as output:
        process = processes.spawn(command, death_signal=signal.SIGKILL, output=output, env=env, directory=ROOT)
    try:
        await eventually(lambda: asyncio.to_thread(listens, port), seconds=60)
        yield Echo(port, process, log)
    finally:
        await asyncio.to_thread(processes.stop, process, grace=5)
