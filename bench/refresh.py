"""`python -m bench.refresh`: refreshes a second on one core, on Postgres and on SQLite. See --help.

It starts a Postgres, a Valkey and, for each database, a server with one worker and the settings of production. The
servers have the first core, all else the last. Rounds are interleaved; every answer is checked, and in the end the
database must have counted as many rotations as the client.
"""

import os
import signal
import sqlite3
import statistics
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psycopg

from app.launch import processes, serve
from bench import machine, payloads, procs, stores
from bench.progress import say
from bench.stores import Stores
from tests.ports import free_port

_ROOT = Path(__file__).resolve().parents[1]
_DATABASES = ("postgres", "sqlite")
_CONNECTIONS = 16
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")
_PLENTY = {f"RATE_LIMIT_{name}": "1000000/minute" for name in ("REFRESH", "REFRESH_ADDRESS", "API")}


@dataclass(slots=True)
class Server:
    """One worker on one database, and the refresh tokens that its sessions have now."""

    database: str
    url: str
    process: subprocess.Popen[bytes]
    port: int
    tokens: list[str]
    refreshes: int = 0


def main() -> None:
    options = _arguments()
    others, ours = _cores()
    os.sched_setaffinity(0, others)
    with stores.running() as running, ExitStack() as stack:
        servers = [stack.enter_context(_serving(name, running, options, ours)) for name in options.databases]
        say("warming up")
        for server in servers:
            _measure(server, running, 1.0)
        rounds: dict[str, list[dict[str, float]]] = {server.database: [] for server in servers}
        for number in range(options.rounds):
            for server in servers:
                found = _measure(server, running, options.seconds)
                rounds[server.database].append(found)
                say(f"round {number + 1}/{options.rounds}  {server.database:9}" + _shown(found))
        for server in servers:
            _check_count(server)
    medians = {name: _median(found) for name, found in rounds.items()}
    for name, found in medians.items():
        print(f"{name:9}{_shown(found)}")
    report = {"machine": machine.describe(), "medians": medians, "rounds": rounds}
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))


def _cores() -> tuple[set[int], set[int]]:
    """Those of everything else, and that of the server."""
    first, *others = sorted(os.sched_getaffinity(0))
    return set(others) or {first}, {first}


@contextmanager
def _serving(database: str, running: Stores, options: Namespace, cores: set[int]) -> Iterator[Server]:
    say(f"starting the server on {database}")
    postgres = running.postgres.create_database("refresh") if database == "postgres" else ""
    url = postgres or f"sqlite:///{running.directory}/refresh.sqlite3"
    environment = _environment(url, running)
    seed = [sys.executable, "-m", "bench.refresh_seed", str(options.sessions)]
    seeded = subprocess.run(seed, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    port = free_port()
    with (running.directory / f"{database}.log").open("wb") as log:
        process = processes.spawn(
            serve.server_command("127.0.0.1", port, 1),
            death_signal=signal.SIGTERM,
            output=log,
            env=environment,
            directory=_ROOT,
        )
    os.sched_setaffinity(process.pid, cores)
    try:
        serve.wait_until_ready(process, "127.0.0.1", port)
        tokens = [line for line in seeded.stdout.split() if line.count(".") == 2]
        yield Server(database, url, process, port, tokens)
    finally:
        processes.stop(process, grace=15)


def _environment(url: str, running: Stores) -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "DJANGO_SETTINGS_MODULE": "settings.production",
        "ENV_FILE": "",
        "DATA_DIR": str(running.directory / "data"),
        "SECRET_KEY": os.environ.setdefault("BENCH_SECRET", os.urandom(32).hex()),
        "ALLOWED_HOSTS": "127.0.0.1",
        "REQUIRE_HTTPS": "false",
        "JWT_ISSUER": "https://auth.example",
        "DATABASE_URL": url,
        "REDIS_URL": running.redis_url,
        **_PLENTY,
    }


def _measure(server: Server, running: Stores, seconds: float) -> dict[str, float]:
    """One round. CPU in microseconds a refresh; `foreign` is how many cores others used meanwhile."""
    before = _clocks(server, running)
    command = [sys.executable, "-m", "bench.refresh_client", str(server.port), str(_CONNECTIONS), str(seconds)]
    driven = subprocess.run(
        command, cwd=_ROOT, input="\n".join(server.tokens), stdout=subprocess.PIPE, text=True, check=True
    )
    spent = [after - earlier for after, earlier in zip(_clocks(server, running), before, strict=True)]
    found: dict[str, Any] = orjson.loads(driven.stdout)
    if found["wrong"] or not found["refreshes"]:
        raise SystemExit(f"bench: the server on {server.database} answered {found['wrong']}")
    _check_access(server, found["access_tokens"][0])
    server.tokens = found["tokens"]
    server.refreshes += found["refreshes"]
    each = 1e6 / found["refreshes"]
    rate = found["refreshes"] / found["seconds"]
    times = {"p50": found["p50"], "p99": found["p99"], "foreign": (spent[2] - spent[3]) / found["seconds"]}
    return {"rate": rate, "cpu": spent[0] * each, "stores": spent[1] * each, **times}


def _clocks(server: Server, running: Stores) -> tuple[float, float, float, float]:
    """CPU seconds of the server, of the stores, of the machine, and of all that is ours."""
    held = sum(procs.cpu_seconds(pid) for pid in running.pids)
    return procs.cpu_seconds(server.process.pid), held, procs.busy_seconds(), procs.cpu_seconds(os.getpid())


def _check_access(server: Server, token: str) -> None:
    status, body = payloads.answer_to(server.port, payloads.get(server.port, "/api/auth/me", token=token))
    if status != 200:
        raise SystemExit(f"bench: a refreshed access token got {status} {body!r}")


def _check_count(server: Server) -> None:
    """As many rotations in the database as answers: nothing was counted twice, and nothing came to nothing."""
    if server.database == "postgres":
        with psycopg.connect(server.url) as connection:
            rows = connection.execute("SELECT sum(generation) FROM sessions").fetchall()
    else:
        rows = sqlite3.connect(server.url.removeprefix("sqlite:///")).execute("SELECT sum(generation) FROM sessions")
    [(rotations,)] = rows
    if rotations != server.refreshes:
        raise SystemExit(f"bench: {server.database} has {rotations} rotations, the client {server.refreshes}")


def _median(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(found[name] for found in rounds) for name in rounds[0]}


def _shown(found: dict[str, float]) -> str:
    line = "{rate:6.0f}/s  server {cpu:5.0f} us  stores {stores:5.0f} us  p50 {p50:5.1f} ms  p99 {p99:6.1f} ms"
    return (line + "  others {foreign:.1f} cores").format(**found)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.refresh", description="Refreshes a second on one core.")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    parser.add_argument("--seconds", type=float, default=4, help="length of one round (4)")
    parser.add_argument("--sessions", type=int, default=400, help="sessions that are refreshed (400)")
    parser.add_argument("--databases", nargs="*", default=_DATABASES, choices=_DATABASES, help="default: both")
    parser.add_argument("--output", type=Path, default=_ROOT / "bench" / "results" / "refresh.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
