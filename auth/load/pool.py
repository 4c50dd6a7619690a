"""pool.jsonl and pool.csv: the sessions of a run with their tokens, one a line."""

import csv
import io
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from asgiref.sync import async_to_sync
from django.conf import settings

from auth.config import AuthSettings
from auth.core.database_clock import DatabaseClock
from auth.load.processes import in_processes
from auth.load.runs import replaced
from auth.models import Session
from auth.models.session import SessionQuerySet
from auth.sessions.issue import REFRESH_AFTER, token_pair
from auth.signing_keys import issuers
from auth.signing_keys.watcher import KeyDirectoryWatcher
from auth.tokens import AccessTokens, RefreshTokens
from auth.tokens.access import JITTER

FIELDS = (
    "user_id",
    "username",
    "password",
    "sid",
    "access_token",
    "refresh_token",
    "expires_at",
    "refresh_at",
    "session_expires_at",
)
_BATCH = 500
"""Accounts per task of a process."""


@dataclass(frozen=True, slots=True)
class Request:
    """The run by its key, how many accounts it has, and their password."""

    run: int
    users: int
    password: str = field(repr=False)
    spread_expiry: bool
    """Whether access tokens are as old as those of users who came one after the other."""


@dataclass(frozen=True, slots=True)
class Task:
    """The accounts from `first` up to `end`, whose tokens a process issues."""

    request: Request
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Lines:
    count: int
    jsonl: str = field(repr=False)
    csv: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Issuer:
    settings: AuthSettings
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    clock: DatabaseClock

    def at(self, moment: int) -> "_Issuer":
        """Issues access tokens as they were issued then (Unix seconds)."""
        return replace(self, access_tokens=replace(self.access_tokens, clock=lambda: moment))


def write(folder: Path, request: Request, *, processes: int, advance: Callable[[int], None]) -> int:
    """Both files, with the current tokens of every session that is live; returns how many.

    The tokens are those that the server would issue now: after a test has rotated sessions, or after tokens have
    expired, the files can be written again.
    """
    starts = range(0, request.users, _BATCH)
    tasks = [Task(request, start, min(start + _BATCH, request.users)) for start in starts]
    count = 0
    with replaced(folder / "pool.jsonl") as jsonl, replaced(folder / "pool.csv") as table:
        csv.writer(table).writerow(FIELDS)
        for task, lines in zip(tasks, in_processes(issue, tasks, processes=processes), strict=True):
            jsonl.write(lines.jsonl)
            table.write(lines.csv)
            count += lines.count
            advance(task.end - task.first)
    return count


def issue(task: Task) -> Lines:
    """The lines of the task's accounts."""
    issuer = _issuer(settings.AUTH)
    entries = _entries(issuer, task, list(_live_sessions(issuer, task)))
    table = io.StringIO()
    csv.writer(table).writerows(entry.values() for entry in entries)
    jsonl = b"".join(orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE) for entry in entries)
    return Lines(len(entries), jsonl.decode(), table.getvalue())


def _issuer(auth: AuthSettings) -> _Issuer:
    clock = DatabaseClock()
    async_to_sync(clock.sync)()
    access_tokens = issuers.access_tokens(
        auth,
        KeyDirectoryWatcher(auth),
        clock=clock.timestamp,
        token_ids=partial(secrets.token_urlsafe, 12),
        jitter=secrets.SystemRandom().random,
    )
    return _Issuer(auth, access_tokens, issuers.refresh_tokens(auth, clock=clock.timestamp), clock)


def _live_sessions(issuer: _Issuer, task: Task) -> SessionQuerySet:
    numbers = {"user__load_account__number__gte": task.first, "user__load_account__number__lt": task.end}
    sessions = Session.objects.filter(user__load_account__run=task.request.run, **numbers)
    live = sessions.live(at=issuer.clock(), idle_lifetime=issuer.settings.refresh_idle_lifetime)
    return live.select_related("user").order_by("user__load_account__number", "pk")


@async_to_sync
async def _entries(issuer: _Issuer, task: Task, sessions: Sequence[Session]) -> list[dict[str, Any]]:
    return [await _entry(issuer, task, session) for session in sessions]


async def _entry(issuer: _Issuer, task: Task, session: Session) -> dict[str, Any]:
    age = _age(issuer.settings, session) if task.request.spread_expiry else 0.0
    issued_at = int(issuer.clock.timestamp() - age)
    pair = await token_pair(issuer.at(issued_at), session.user, session)
    values = (
        session.user_id,
        session.user.username,
        task.request.password,
        session.sid,
        pair.access_token,
        pair.refresh_token,
        issued_at + pair.expires_in,
        issued_at + pair.refresh_after,
        int(session.expires_at.timestamp()),
    )
    return dict(zip(FIELDS, values, strict=True))


def _age(auth: AuthSettings, session: Session) -> float:
    """How many seconds ago the access token of this session was issued: at random, and before it was due."""
    share: float = session.pk.int / (1 << 128)
    return share * REFRESH_AFTER * (1 - JITTER) * auth.access_lifetime.total_seconds()
