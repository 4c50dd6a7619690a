"""Deletion of expired rows, a batch at a time, while the server serves."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import structlog
from asgiref.sync import sync_to_async
from django.db import Error, connections
from django.db.models import Q, QuerySet, Subquery

from auth.config import AuthSettings
from auth.core.job import Thread
from auth.errors import ServiceUnavailable
from auth.models import BlacklistedToken, Revocation, RevocationHead, SecurityEvent, Session, UserLoginHistory
from auth.runtime import Runtime
from auth.stores.job_lock import claim

log = structlog.get_logger("authgate.cleanup")

PERIOD = timedelta(hours=1)
BATCH = 1000
_KEEP_ENDED = timedelta(days=1)
_KEEP_LOG = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """One batch: how many rows of which table."""

    table: str
    deleted: int


def clean_up(settings: AuthSettings, *, now: datetime, batch: int = BATCH) -> Iterator[Progress]:
    """Delete expired rows, yielding after each batch: a short statement of its own, safe while serving."""
    for rows in _expired(settings, now):
        while deleted := _delete_batch(rows, batch):
            yield Progress(rows.model._meta.db_table, deleted)


def log_retention(settings: AuthSettings) -> timedelta:
    """How long the revocation log is kept: readers of the feed may resume within it."""
    return max(_KEEP_LOG, 4 * settings.access_lifetime)


def _expired(settings: AuthSettings, now: datetime) -> list[QuerySet[Any]]:
    idle = now - settings.refresh_idle_lifetime - settings.access_lifetime
    over = Q(expires_at__lt=now) | Q(rotated_at__lt=idle) | Q(revoked_at__lt=now - _KEEP_ENDED)
    return [
        BlacklistedToken.objects.filter(expires_at__lt=now),
        Session.objects.filter(over),
        # The newest stays, however old: by it every worker knows that the log is still the one that it has read.
        Revocation.objects.filter(created_at__lt=now - log_retention(settings), position__lt=_newest_position()),
        UserLoginHistory.objects.filter(login_time__lt=now - settings.retention),
        SecurityEvent.objects.filter(timestamp__lt=now - settings.retention),
    ]


def _newest_position() -> Subquery:
    return Subquery(RevocationHead.objects.order_by("pk").values("position")[:1])


def _delete_batch(rows: QuerySet[Any], batch: int) -> int:
    keys = list(rows.order_by().values_list("pk", flat=True)[:batch])
    deleted: int = rows.model._default_manager.filter(pk__in=keys)._raw_delete(rows.db) if keys else 0
    return deleted


class PeriodicCleanup:
    """Every PERIOD one worker of all cleans up."""

    thread: ClassVar[Thread] = "cleaner"

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def run(self) -> None:
        """Until cancelled. An outage is logged and waited out."""
        while True:
            await asyncio.sleep(PERIOD.total_seconds() / 10)
            try:
                if await claim(self._runtime.store, "cleanup", period=PERIOD):
                    log.info("cleaned_up", **await _clean_up_all(self._runtime))
            except (Error, ServiceUnavailable) as error:
                log.warning("cleanup_failed", cause=type(error).__name__)


@sync_to_async
def _clean_up_all(runtime: Runtime) -> dict[str, int]:
    try:
        totals: dict[str, int] = {}
        for progress in clean_up(runtime.settings, now=runtime.clock()):
            totals[progress.table] = totals.get(progress.table, 0) + progress.deleted
        return totals
    finally:
        connections.close_all()
