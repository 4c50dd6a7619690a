"""Folders of runs, the drivers on them, and what the drivers wrote."""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import eventually
from tests.docs.documents import ROOT
from tests.e2e.load.outcomes import parse
from tests.e2e.wire.stack import SERVICE, Stack, manage
from tests.integration.oauth.calls import Service

TOOLS = ROOT / ".tools" / "load"
LOAD = ROOT / "load"
_LONGEST = 90  # seconds
_ANY_PACE = {"unexpected": 0, "throttled": 0.5, "p99_ms": {}}
"""A busy machine is no fault of the driver: no latency is judged here."""


@dataclass(frozen=True, slots=True)
class Run:
    url: str
    folder: Path

    @property
    def env(self) -> dict[str, str]:
        return {"RUN": str(self.folder), "PLAN": str(self.folder / "plan.json"), "PACE": "0.1", "NAME": "driver"}

    def outcomes(self) -> list[dict[str, Any]]:
        """Every line of the log, each checked. No file of the run is for others to read."""
        assert {path.stat().st_mode & 0o077 for path in self.folder.rglob("*.json*") if path.parent != self.folder} <= {
            0
        }
        return parse(self.folder / "outcomes" / "driver.jsonl")

    def seen(self) -> Counter[str]:
        """The operations in the log so far."""
        log = self.folder / "outcomes" / "driver.jsonl"
        lines = log.read_text().splitlines(keepends=True) if log.exists() else []
        return Counter(json.loads(line)["op"] for line in lines if line.endswith("\n"))

    def statuses(self) -> set[int]:
        """Without 503: where a machine stands still for half a second, Redis is late, and drivers try again."""
        return {outcome["status"] for outcome in self.outcomes()} - {503}

    def counts(self) -> Counter[tuple[str, int]]:
        return Counter((outcome["op"], outcome["status"]) for outcome in self.outcomes())


def write_run(folder: Path, url: str, lines: Iterable[Mapping[str, Any]], **about: str) -> Run:
    """The files of a run as docs/load-testing.md describes them."""
    client = {"client_id": SERVICE.client_id, "client_secret": SERVICE.secret}
    _write_plan(folder)
    (folder / "run.json").write_text(json.dumps({"run": folder.name, "base_url": url} | client | about))
    (folder / "pool.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Run(url, folder)


def _write_plan(folder: Path) -> None:
    plan = json.loads((LOAD / "plan.json").read_text()) | {"thresholds": _ANY_PACE}
    (folder / "plan.json").write_text(json.dumps(plan))


async def seeded(stack: Stack, directory: Path, *, users: int) -> Run:
    """A run as an operator makes it, once every worker knows its service client."""
    name = f"test-{secrets.token_hex(4)}"
    options = ["--users", str(users), "--base-url", stack.server.url, "--directory", str(directory)]
    await manage(stack.server.env, "load", "seed", "--run", name, *options)
    run = Run(stack.server.url, directory / name)
    _write_plan(run.folder)
    about = json.loads((run.folder / "run.json").read_text())
    service = Service(about["client_id"], about["client_secret"])
    await eventually(lambda: _is_known(stack, service))
    return run


async def _is_known(stack: Stack, service: Service) -> bool:
    """By twenty connections, which both workers accept."""
    field = {"Authgate-Client": service.basic["Authorization"]}
    for _ in range(20):
        async with stack.client(headers=field) as client:
            answer = await client.post("/api/auth/refresh", json={"refresh_token": "none"})
            if answer.json()["error"] == "invalid_client":
                return False
    return True


def tool(name: str, *places: Path) -> str:
    """The path of a program. Skips the test where it is missing, which `make test-load` reports."""
    found = next((str(place) for place in places if place.exists()), None) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: its driver was NOT tested; run `make test-load`")
    return found


def drive(run: Run, command: list[str], *, code: int | None = 0, seconds: float = 120, **env: str) -> str:
    """What the driver prints. It ends by itself, with this exit status."""
    done = subprocess.run(
        command, cwd=LOAD, env=_environment(run, env), capture_output=True, text=True, timeout=seconds
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def locust(
    run: Run, until: Callable[[], object], *, users: int = 1, code: int = 0, seconds: int = _LONGEST, **env: str
) -> str:
    """What Locust prints. It is stopped as soon as `until` is truthy, and ends with this exit status."""
    program = tool("locust", TOOLS / "bin" / "locust")
    options = ["--headless", "--users", str(users), "--spawn-rate", "100", "--run-time", f"{seconds}s"]
    command = [program, "-f", "locustfile.py", "--host", run.url, *options, "--skip-log-setup"]
    with subprocess.Popen(
        command, cwd=LOAD, env=_environment(run, env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            _wait(process, until)
        finally:
            process.terminate()
            printed, _ = process.communicate(timeout=60)
    assert process.returncode == code, f"{process.returncode}: {printed}"
    return printed


def _wait(process: subprocess.Popen[str], until: Callable[[], object]) -> None:
    deadline = time.monotonic() + _LONGEST
    while process.poll() is None and not until():
        assert time.monotonic() < deadline, f"{until} did not come true"
        time.sleep(0.05)


def _environment(run: Run, env: Mapping[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TEST_")}
    return {**clean, **run.env, **env}
