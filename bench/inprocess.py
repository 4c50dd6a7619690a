"""`python -m bench.inprocess TOKEN...`: the cost of /me inside the process, without a socket, and where it goes.

Prints JSON: microseconds of CPU a request without the profiler, and the share of each part under it. The profiler
charges every call the same, so parts with many small calls look larger than they are.
"""

import asyncio
import cProfile
import itertools
import pstats
import sys
import time
from collections.abc import Iterator
from typing import Any

import orjson

from asgi import application
from bench import payloads

_TASKS, _REQUESTS = 64, 20_000
_PARTS = {
    "access log": ("app/http/access_log", "app/log_writer", "structlog", "logging"),
    "request log: caller, request id, fields": (
        *("app/http/request_log", "app/http/headers", "app/ids"),
        *("app/wiring", "auth/caller", "/base64", "/secrets"),
    ),
    "guard: host, body": ("app/http/guard", "app/application"),
    "handler and middleware": (
        *("app/django_handler", "app/http/cors"),
        *("auth/http/responses", "asgiref"),
    ),
    "Django": ("/django/",),
    "Ninja and the view": (
        "/ninja/",
        "app/operations",
        "auth/accounts/api",
        "auth/authentication/bearer",
        "auth/http/context",
        "contextlib",
    ),
    "token": ("auth/tokens", "jwt/", "cryptography"),
    "decision: authorize, revocations": (
        *("auth/authentication", "auth/revocation", "auth/audit", "auth/core/expiring"),
        "auth/ratelimit",
    ),
    "Redis: command, batch, reply": ("auth/stores",),
    "event loop": ("asyncio",),
}


async def main() -> None:
    async with application.running():
        scopes = itertools.cycle([scope_of(token) for token in sys.argv[1:]])
        await _serve(scopes, _REQUESTS // 4)
        started = time.thread_time()
        await _serve(scopes, _REQUESTS)
        spent = time.thread_time() - started
        profiler = cProfile.Profile()
        profiler.enable()
        await _serve(scopes, _REQUESTS)
        profiler.disable()
    report = {"cpu_us": spent / _REQUESTS * 1e6, "shares": _shares(pstats.Stats(profiler))}
    sys.stderr.write(orjson.dumps(report).decode())


async def _serve(scopes: Iterator[dict[str, Any]], count: int) -> None:
    async def one() -> None:
        for _ in range(count // _TASKS):
            await application({**next(scopes), "state": {}}, nothing, keep)

    await asyncio.gather(*(one() for _ in range(_TASKS)))


async def nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def keep(message: Any) -> None:
    if message["type"] == "http.response.start" and message["status"] != 200:
        raise AssertionError(f"/me answered {message['status']}")


def scope_of(token: str) -> dict[str, Any]:
    sent = {"Host": "127.0.0.1", **payloads.COMMON, "Authorization": f"Bearer {token}"}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": "/api/auth/me",
        "raw_path": b"/api/auth/me",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
    }


def _shares(stats: pstats.Stats) -> dict[str, float]:
    """Own time of each part; what is built in counts for its caller."""
    totals = dict.fromkeys([*_PARTS, "other"], 0.0)
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if file == "~":
            for (caller, _, _), (_, _, spent, _) in callers.items():
                totals[_part(caller)] += spent
        else:
            totals[_part(file)] += own
    return {name: spent / sum(totals.values()) for name, spent in totals.items()}


def _part(file: str) -> str:
    return next((name for name, words in _PARTS.items() if any(word in file for word in words)), "other")


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
