"""Queries on the revocation log, a page at a time. Call them in a thread.

A reader names its last entry, and the same statement checks that this entry still exists: a failover or a restore may
have lost it, and its position may have been reused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError
from django.db.models import Min, QuerySet

from auth.core.revocations import RevocationRecord
from auth.models import Revocation
from auth.revocation.feed.events import Cursor

PAGE = 5000


class LogSetBack(DatabaseError):
    """The reader's last entry is gone: what follows its position now is another log."""


@dataclass(frozen=True, slots=True)
class LogBatch:
    """New entries; of the numbered ones, the first page."""

    unnumbered: list[RevocationRecord]
    numbered: list[RevocationRecord]


def start(*, since: datetime) -> Cursor | None:
    """The last entry before all later than `since`, by the database's clock; None: before the first."""
    head = _newest(Revocation.objects.exclude(position=None))  # first: entries numbered from now on come after it
    if head is None:
        return None
    recent = Revocation.objects.filter(created_at__gt=since)
    first = recent.aggregate(first=Min("position"))["first"]
    return head if first is None else _newest(Revocation.objects.filter(position__lt=min(first, head.position + 1)))


def next_batch(cursor: Cursor | None) -> LogBatch:
    """New entries after this one. Raises LogSetBack.

    Reads unnumbered entries first: one that another worker numbers meanwhile is then found among the numbered.
    """
    return LogBatch(unnumbered(), after(cursor))


def unnumbered() -> list[RevocationRecord]:
    return _entries(Revocation.objects.filter(position=None).order_by("id"))


def after(cursor: Cursor | None, *, limit: int = PAGE) -> list[RevocationRecord]:
    """The numbered entries after this one, in order. Raises LogSetBack."""
    if cursor is None:
        return _entries(Revocation.objects.exclude(position=None).order_by("position")[:limit])
    found = _entries(Revocation.objects.filter(position__gte=cursor.position).order_by("position")[: limit + 1])
    if [Cursor.of(entry) for entry in found[:1]] != [cursor]:
        raise LogSetBack(f"the revocation log has lost the entry {cursor}")
    return found[1:]


def recent(*, since: datetime) -> Iterator[RevocationRecord]:
    """All entries of later than `since`, and perhaps some before."""
    yield from unnumbered()
    cursor = start(since=since)
    while rows := after(cursor):
        yield from rows
        cursor = Cursor.of(rows[-1])


def holds(cursor: Cursor, *, since: datetime) -> bool:
    """Whether the log has exactly this entry, and it is later than `since`, by the database's clock."""
    if cursor.created_at <= since:
        return False
    # SQLite compares times as texts, in two spellings.
    return _newest(Revocation.objects.filter(position=cursor.position)) == cursor


def _newest(rows: QuerySet[Revocation]) -> Cursor | None:
    found = _entries(rows.order_by("-position")[:1])
    return Cursor.of(found[0]) if found else None


def _entries(rows: QuerySet[Revocation]) -> list[RevocationRecord]:
    return [RevocationRecord._make(row) for row in rows.values_list(*RevocationRecord._fields)]
