"""The load generator: wrk where there is one, else bench/generator.py. Both send the same bytes in a closed loop."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import orjson

from bench.venvs import HERE, ROOT


@dataclass(frozen=True, slots=True)
class Outcome:
    """`p50` and `p99` in milliseconds; `refused` answers were not 2xx; `broken` had no answer."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    broken: int

    @property
    def rps(self) -> float:
        return self.requests / self.seconds


class Load:
    """`connections` clients that each send the next of `requests` when they have their answer."""

    def __init__(self, requests: Sequence[bytes], *, connections: int, seconds: float) -> None:
        self._requests = requests
        self._connections = connections
        self._seconds = seconds

    def __enter__(self) -> Self:
        file, self._path = tempfile.mkstemp(prefix="authgate-bench-requests-")
        os.write(file, b"\0".join(self._requests))
        os.close(file)
        port = self._requests[0].split(b"127.0.0.1:", 1)[1].split(b"\r", 1)[0].decode()
        command = _command(port, self._connections, self._seconds)
        environment = {**os.environ, "REQUESTS": self._path}
        self._process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        Path(self._path).unlink()

    def outcome(self) -> Outcome:
        """Waits for the end. Raises SystemExit when the generator failed."""
        output, _ = self._process.communicate()
        lines = [line for line in output.splitlines() if line.startswith("{")]
        if self._process.returncode or not lines:
            raise SystemExit(f"bench: the load generator failed (code {self._process.returncode}):\n{output}")
        return Outcome(**orjson.loads(lines[-1]))


def run(requests: Sequence[bytes], *, connections: int, seconds: float) -> Outcome:
    with Load(requests, connections=connections, seconds=seconds) as load:
        return load.outcome()


def generator() -> str:
    """The name of the generator in use."""
    return "wrk" if shutil.which("wrk") else "bench/generator.py"


def _command(port: str, connections: int, seconds: float) -> list[str]:
    if not shutil.which("wrk"):
        return [sys.executable, "-m", "bench.generator", port, str(connections), str(seconds)]
    size = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s"]
    return ["wrk", *size, "-s", str(HERE / "wrk.lua"), f"http://127.0.0.1:{port}/"]
