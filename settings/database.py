"""DATABASES from a URL, the DB_* variables, or the SQLite file of DATA_DIR."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from psycopg import IsolationLevel, ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from settings.env import Environment

_SQLITE_OPTIONS = {
    # IMMEDIATE: a writing transaction acquires the lock when it begins, and waits, instead of failing half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 2,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
}
# The ORM runs on a few threads that live as long as the process, each with a connection: django_handler/threads.py.
_KEPT = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
# libpq: a network that swallows everything is noticed within seconds, not after the system's two hours.
_NOTICE_SILENCE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 6000}
# libpq: a standby accepts no writes, and may lack the newest revocations.
_ON_THE_PRIMARY = {"target_session_attrs": "primary"}
# Whatever the server's default is: what we lock, we lock by name, and a logout must not fail for a neighbour's login.
_ISOLATION = {"isolation_level": IsolationLevel.READ_COMMITTED}
# Stricter than libpq, which takes a raw # or ? in a password for itself, and a raw / for the end of the host.
_URL = re.compile(r"postgres(ql)?://([^@/?#\s]*@)?[^@/?#\s]*(/[^@/?#\s]*)?(\?[^@#\s]*)?")
_OTHER = re.compile(r"(?!postgres(ql)?:)")
_NO_URL = "DATABASE_URL: not a URL; percent-encode special characters of the password"


def problems(env: Environment) -> list[str]:
    """Errors of DATABASE_URL: at most one line, which does not repeat any of it."""
    try:
        configure(env, Path())
    except ValueError as error:
        return [str(error)]
    return []


def configure(env: Environment, data_dir: Path) -> dict[str, Any]:
    """Raises ValueError naming what is wrong with DATABASE_URL."""
    url = env.DATABASE_URL.get_secret_value()
    if url:
        return from_url(url)
    if env.DB_NAME:
        return _postgres(
            env.DB_NAME,
            env.DB_USER,
            env.DB_PASSWORD.get_secret_value(),
            env.DB_HOST,
            str(env.DB_PORT),
        )
    return _sqlite(str(data_dir / "authgate.sqlite3"))


def from_url(url: str) -> dict[str, Any]:
    """What libpq accepts, such as `postgresql://user:password@host:port,host:port/name?option=value` or
    `postgresql:///name?host=/socket/dir`; or `sqlite:///relative`, `sqlite:////absolute`.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return _sqlite(unquote(rest.removeprefix("/")) if rest.startswith("/") else "")
    if not _URL.fullmatch(url):
        raise ValueError(
            "DATABASE_URL: only postgresql:// and sqlite:/// are supported" if _OTHER.match(url) else _NO_URL
        )
    try:
        options = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except (ProgrammingError, UnicodeError):  # their texts repeat what they stumbled over
        raise ValueError(f"{_NO_URL}, and check the parameters") from None
    return _from_options(options)


def _from_options(options: dict[str, str]) -> dict[str, Any]:
    ports = options.pop("port", "")
    if not all(port == "" or (port.isdecimal() and 0 < int(port) < 65536) for port in ports.split(",")):
        raise ValueError(_NO_URL)
    if not options.get("dbname") and "service" not in options:
        raise ValueError("DATABASE_URL: the database name is missing; write postgresql://user:password@host:5432/name")
    name, user, password, host = (options.pop(part, "") for part in ("dbname", "user", "password", "host"))
    found = _postgres(name, user, password, host, ports)
    found["OPTIONS"].update(options)
    return found


def _sqlite(name: str) -> dict[str, Any]:
    if not name:
        raise ValueError("DATABASE_URL: sqlite needs a file; write sqlite:////absolute/path or sqlite:///relative/path")
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": dict(_SQLITE_OPTIONS), **_KEPT}


def _postgres(name: str, user: str, password: str, host: str, port: str) -> dict[str, Any]:
    options: dict[str, Any] = {"connect_timeout": 2, **_NOTICE_SILENCE, **_ON_THE_PRIMARY, **_ISOLATION}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        **_KEPT,
        "OPTIONS": options,
    }
