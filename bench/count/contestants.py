"""Who is counted. Each is made in a process of its own, since each has settings and modules of its own."""

import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import jwt
import orjson
from uvicorn import Config

from bench import payloads, production
from bench.peers import common

_PORT = 8000
_REDIS_URL = "redis://127.0.0.1:6379/0"
_PROFILE = orjson.dumps(common.profile(1))


@dataclass(frozen=True, slots=True)
class Contestant:
    """`requests` by the name of their route; `reply` is Redis' to each script."""

    config: Config
    requests: dict[str, bytes]
    reply: bytes = b""


async def authgate() -> Contestant:
    """The whole application with the settings of production; no job runs beside it, and no thread writes the log."""
    secret, directory = os.urandom(32).hex(), Path(tempfile.mkdtemp())
    os.environ |= production.environment(
        directory, secret=secret, database_url="sqlite:///:memory:", redis_url=_REDIS_URL
    )
    import_module("asgi")  # sets Django up
    from app import log_writer
    from app.api import api
    from bench.count.own_route import router

    log_writer.LogWriter._wake = _forget  # type: ignore[method-assign]
    api.add_router("", router)
    from app.application import Application

    application = Application()
    return Contestant(_our_config(application), _our_requests(_runtime_of(application)), _allowed())


async def floor_fixed() -> Contestant:
    return Contestant(_floor("fixed"), {"me": _get("/api/auth/me")})


async def floor_eval() -> Contestant:
    claims = {"sub": "1", "jti": "0" * 32, "iat": int(time.time()), "exp": int(time.time()) + common.HOURS * 3600}
    token = jwt.encode(claims, common.SECRET, algorithm="HS256")
    return Contestant(_floor("eval"), {"me": _get("/api/auth/me", token)}, b":0\r\n")


async def prototype() -> Contestant:
    """A lean handler from outside of the project, which PEERS says the place of: it shows what can be left out."""
    sys.path.insert(0, str(Path(os.environ["PEERS"]) / "lean"))
    os.environ |= {"V": "lean3_mux_lru", "DJANGO_SETTINGS_MODULE": "dj_settings"}
    config = _stock_config("dj_asgi:application")
    await import_module("dj_views").startup()
    times = {"iat": int(time.time()), "exp": int(time.time()) + common.HOURS * 3600}
    claims = {"sub": "1", "usr": "user1", "eml": "user1@example.com", "type": "access", "jti": "0" * 32, **times}
    token = jwt.encode(claims, import_module("common").SECRET)
    return Contestant(config, {"me": _get("/api/auth/me_json", token)}, b"*2\r\n:0\r\n:0\r\n")


ALL: dict[str, Callable[[], Awaitable[Contestant]]] = {
    "authgate": authgate,
    "floor-eval": floor_eval,
    "floor-fixed": floor_fixed,
    "prototype": prototype,
}


def _forget(writer: Any) -> None:
    """In place of the thread that gathers lines and writes them: how often it runs would hang on time."""
    writer._lines.clear()
    writer._waiting = 0


def _our_config(application: Any) -> Config:
    """As app/launch/serve.py has it."""
    return _config(application, http="app.server:HTTPProtocol", proxy_headers=False, server_header=False)


def _floor(name: str) -> Config:
    os.environ["FLOOR"] = name
    common.REDIS_URL = _REDIS_URL
    return _stock_config("bench.peers.floors:app")


def _stock_config(application: str) -> Config:
    """As bench/targets.py has it."""
    return _config(application, http="httptools")


def _config(application: Any, **options: Any) -> Config:
    """Connections rest for hours: under valgrind requests are slow, and no timer may end one."""
    off: dict[str, Any] = {"ws": "none", "lifespan": "off", "log_config": None, "access_log": False}
    config = Config(application, timeout_keep_alive=3600, **off, **options)
    config.load()
    return config


def _runtime_of(application: Any) -> Any:
    """Redis is there, and the revocation log was just read, and stays so."""
    from app import wiring

    runtime = application.runtime = wiring.build_runtime()
    runtime.store.join("counted")
    runtime.revocations._clock = lambda: 0.0
    runtime.revocations._read_at = 0.0
    return runtime


def _our_requests(runtime: Any) -> dict[str, bytes]:
    who = {"subject": 1, "session": "00000000-0000-4000-8000-000000000000", "generation": 0, "epoch": 0, "version": 1}
    token, _ = runtime.access_tokens.issue(**who, ends_at=int(time.time()) + common.HOURS * 3600, extra={})
    paths = {"me": "/api/auth/me", "verify": "/api/auth/verify", "mine": "/api/mine"}
    return {name: _get(path, token) for name, path in paths.items()}


def _allowed() -> bytes:
    """ALLOWED of auth/stores/authorize.lua: verdict, version, profile, remaining, reset in microseconds."""
    return b"*5\r\n:0\r\n$1\r\n1\r\n$%d\r\n%b\r\n:999999\r\n:60\r\n" % (len(_PROFILE), _PROFILE)


def _get(path: str, token: str = "") -> bytes:
    return payloads.get(_PORT, path, token=token)
