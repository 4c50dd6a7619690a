"""A real server in processes of its own, for the tests that need real sockets, workers and signals."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from app.launch import processes, serve
from tests.ports import free_port

_PROJECT = Path(__file__).resolve().parents[3]
_STOP_GRACE = 20.0  # seconds; the launcher gives uvicorn 15


class Server:
    """`async with Server(env=..., workers=2) as server:` serves at `server.url` until the block ends.

    `env` is laid over this process' environment and must name a fresh DATA_DIR; the database must be migrated.
    With `launcher`, it is `python -m app.launch.serve` that runs, which also migrates and, if REDIS_URL is "",
    brings its own Valkey. Raises app.launch.serve.StartError when it does not become ready.
    """

    def __init__(self, *, env: Mapping[str, str], workers: int = 1, launcher: bool = False) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = Path(f"{env['DATA_DIR']}.log")
        here = {"HOST": "127.0.0.1", "PORT": str(self.port), "WORKERS": str(workers)}
        self._name = env.get("ALLOWED_HOSTS", "").partition(",")[0] or None
        self.env = {**os.environ, **env, **here}
        """The whole environment of its processes; what is changed before the start counts."""
        self.command = serve.server_command("127.0.0.1", self.port, workers)
        if launcher:
            self.command = [sys.executable, "-m", "app.launch.serve"]

    async def __aenter__(self) -> Self:
        self.start()
        try:
            await asyncio.to_thread(serve.wait_until_ready, self.process, "127.0.0.1", self.port, self._name)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def start(self) -> None:
        """Start without waiting. Its output goes to the file `log`."""
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                self.command, death_signal=signal.SIGTERM, output=log, env=self.env, directory=_PROJECT
            )

    async def stop(self) -> int:
        """End it as SIGTERM does, kill what is left after 20 s, and return its exit code."""
        return await asyncio.to_thread(processes.stop, self.process, grace=_STOP_GRACE)

    def output(self) -> str:
        """All that it has printed so far."""
        return self.log.read_text(errors="replace")
