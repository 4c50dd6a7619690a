"""DATABASES from a URL, the DB_* variables, or the SQLite file of DATA_DIR."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from settings.env import Environment

_SQLITE_OPTIONS = {
    # IMMEDIATE: a transaction that will write takes the lock at once and waits, instead of failing half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 2,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;",
}
# The ORM runs on a few threads that live as long as the process (app/lean/threads.py), each with its connection.
_KEPT = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
# libpq: a network that swallows everything is noticed within seconds, not after the system's two hours.
_NOTICE_SILENCE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 6000}
# libpq: a standby takes no writes, and may not know yet what was taken back.
_ON_THE_PRIMARY = {"target_session_attrs": "primary"}


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
    """`postgresql://user:password@host:port/name?host=/socket/dir` or `sqlite:///relative` / `sqlite:////absolute`."""
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:  # its text may repeat a part of the password
        raise ValueError("DATABASE_URL: not a URL; percent-encode special characters of the password") from None
    name = unquote(parts.path[1:])
    if parts.scheme == "sqlite":
        return _sqlite(name)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("DATABASE_URL: only postgresql:// and sqlite:/// are supported")
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", unquote(parts.hostname or ""))
    found = _postgres(name, unquote(parts.username or ""), unquote(parts.password or ""), host, port)
    found["OPTIONS"].update(query)
    return found


def _sqlite(name: str) -> dict[str, Any]:
    if not name:
        raise ValueError("DATABASE_URL: sqlite needs a file; write sqlite:////absolute/path or sqlite:///relative/path")
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": dict(_SQLITE_OPTIONS), **_KEPT}


def _postgres(name: str, user: str, password: str, host: str, port: str) -> dict[str, Any]:
    options: dict[str, Any] = {"connect_timeout": 2, **_NOTICE_SILENCE, **_ON_THE_PRIMARY}
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
