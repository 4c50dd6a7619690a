"""The checks of manage.py doctor. Each yields findings, and changes nothing."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from auth.config import AuthSettings
from auth.core.policies import Policies, Policy
from auth.errors import ServiceUnavailable
from auth.models import User
from auth.signing_keys import directory as keystore
from auth.stores.client import RedisStore
from auth.tokens.keys import UnusableKey

_CLOCK_TOLERANCE = 2.0
"""Seconds."""


class Level(Enum):
    GOOD = "ok"
    DOUBTFUL = "warning"
    BAD = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    subject: str
    text: str


def examine() -> list[Finding]:
    """Every finding; checks that others depend on come first."""
    examinations: list[Callable[[AuthSettings], Iterator[Finding]]] = [
        _settings,
        _database,
        _addresses,
        _redis,
        _keys,
        _limits,
        _network,
    ]
    return [finding for examination in examinations for finding in examination(settings.AUTH)]


def pending_migrations() -> int:
    """How many migrations the database lacks. Raises the database's Error."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def unfit_encoding(database: BaseDatabaseWrapper) -> str:
    """How to fix a Postgres whose encoding cannot store every name, or "". Raises the database's Error."""
    if database.vendor != "postgresql":
        return ""
    with database.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        [encoding] = cursor.fetchone()
    if encoding == "UTF8":
        return ""
    return f"DATABASE_URL: the database's encoding is {encoding}; make one with: createdb -E UTF8 -T template0 NAME"


def _settings(_: AuthSettings) -> Iterator[Finding]:
    yield from (Finding(Level.DOUBTFUL, "settings", doubt) for doubt in settings.SETTINGS_DOUBTS)


def _database(_: AuthSettings) -> Iterator[Finding]:
    try:
        pending = pending_migrations()
        unfit = unfit_encoding(connection)
    except Error as error:
        cause = " ".join(str(error).split())  # libpq's has several lines, and no password
        yield Finding(Level.BAD, "database", f"cannot be used, check DATABASE_URL: {cause}")
        return
    if unfit:
        yield Finding(Level.BAD, "database", unfit)
    if pending:
        yield Finding(Level.BAD, "database", f"{pending} migrations are pending; run manage.py migrate")
    else:
        yield Finding(Level.GOOD, "database", f"{connection.vendor} is available, and migrations are up to date")
    if connection.vendor == "sqlite" and not settings.DEBUG:
        yield Finding(
            Level.DOUBTFUL, "database", "SQLite allows one writer at a time; use Postgres for more than one host"
        )


def _addresses(_: AuthSettings) -> Iterator[Finding]:
    """Accounts that an upgrade left without the canonical form of their address: another account has it."""
    try:
        found = list(User.objects.exclude(email="").filter(email_key=None).order_by("pk").values_list("pk", flat=True))
    except Error:
        return  # _database reports it
    if found:
        text = f"accounts {found[:10]} have an address that others have in another spelling; see docs/upgrading.md"
        yield Finding(Level.DOUBTFUL, "addresses", f"{len(found)}: {text}")


def _redis(auth: AuthSettings) -> Iterator[Finding]:
    try:
        policy, moment = async_to_sync(_ask_redis)(auth)
    except ServiceUnavailable as error:
        if settings.EMBEDDED_REDIS:
            yield Finding(Level.DOUBTFUL, "redis", "the embedded Valkey is not running; make run starts it")
        else:
            yield Finding(Level.BAD, "redis", f"cannot be used ({error.__cause__}); start it, and check REDIS_URL")
        return
    yield Finding(Level.GOOD, "redis", "answers")
    if policy is None:
        text = "does not report its maxmemory-policy (may its user call INFO?); make sure it is noeviction"
        yield Finding(Level.DOUBTFUL, "redis", text)
    elif policy != "noeviction":
        yield Finding(Level.BAD, "redis", f"evicts keys ({policy}); set maxmemory-policy noeviction")
    if moment is None:
        yield Finding(Level.DOUBTFUL, "clock", "Redis does not report its time: allow its user to call TIME")
        return
    drift = abs(moment - time.time())
    level = Level.GOOD if drift < _CLOCK_TOLERANCE else Level.DOUBTFUL
    advice = "agrees with Redis" if level is Level.GOOD else f"differs from Redis by {drift:.0f} s; run an NTP client"
    yield Finding(level, "clock", advice)


async def _ask_redis(auth: AuthSettings) -> tuple[str | None, float | None]:
    store = RedisStore.connect(auth.redis_url, timeout=auth.redis_timeout)
    try:
        return await store.eviction_policy(), await store.time()
    finally:
        await store.aclose()


def _keys(auth: AuthSettings) -> Iterator[Finding]:
    if auth.algorithm == "HS256" or auth.private_keys:
        yield Finding(Level.GOOD, "keys", "come from the environment")
        return
    try:
        found = keystore.read(auth.keys_dir)
        if not found.keys and not found.signing:
            yield Finding(Level.GOOD, "keys", "none yet; the first start generates one")
            return
        found.ring()
    except (UnusableKey, OSError) as error:
        yield Finding(Level.BAD, "keys", f"{error}")
        return
    yield Finding(Level.GOOD, "keys", f"{len(found.keys)} found, {found.signing} signs")
    yield from _open_files(auth.keys_dir)


def _open_files(directory: Path) -> Iterator[Finding]:
    """A Secret that Kubernetes mounts belongs to root; the server reads it as a member of its group (fsGroup)."""
    for path in directory.glob("*.pem"):
        mode = path.stat().st_mode
        if mode & 0o007:
            yield Finding(Level.BAD, "keys", f"{path.name} can be read by others; run chmod 600 on it")
        elif mode & 0o070:
            yield Finding(
                Level.DOUBTFUL,
                "keys",
                f"{path.name} can be read by its group; run chmod 600 on it, unless that is intended",
            )


def _limits(auth: AuthSettings) -> Iterator[Finding]:
    policies: list[Policy] = [getattr(auth.policies, name) for name in Policies.__dataclass_fields__]
    off = [policy.name for policy in policies if policy.quota is None]
    if off:
        yield Finding(Level.DOUBTFUL, "limits", f"off: {', '.join(off)}; switch them on in production")
    else:
        yield Finding(Level.GOOD, "limits", "all on")


def _network(auth: AuthSettings) -> Iterator[Finding]:
    proxies = settings.TRUSTED_PROXIES
    text = (
        f"{proxies} in front of the server add to X-Forwarded-For"
        if proxies
        else "none: the peer's address is the client's"
    )
    yield Finding(Level.GOOD, "proxies", text)
    if not auth.issuer.startswith("https://"):
        yield Finding(Level.DOUBTFUL, "issuer", f"{auth.issuer} is not an https URL; set JWT_ISSUER in production")
