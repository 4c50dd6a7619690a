"""The statements that read the revocation log, a page at a time. Call them in a thread."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, QuerySet

from auth.feed_events import Cursor
from auth.models import Revocation, RevocationHead
from auth.revocations import Entry

PAGE = 5000


@dataclass(frozen=True, slots=True)
class Start:
    """Where a reader begins: behind which position, and the last position given with its entry, if it is there."""

    behind: int
    head: int
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class News:
    """What is new: `head` is the last position given; of the numbered entries behind it, this is the first page."""

    head: int
    unnumbered: list[Entry]
    numbered: list[Entry]


def start(*, since: datetime) -> Start:
    """Behind which position an entry is first of later than `since`, by the database's clock."""
    head = _head()  # first: what is numbered from now on lies behind it
    recent = Revocation.objects.filter(created_at__gt=since)
    first = recent.aggregate(first=Min("position"))["first"]
    newest = _entries(Revocation.objects.filter(position=head))
    return Start(head if first is None else min(first - 1, head), head, Cursor.of(newest[0]) if newest else None)


def news(behind: int) -> News:
    """Unnumbered entries first: one that another worker numbers in between is then found among the numbered."""
    unnumbered = _entries(Revocation.objects.filter(position=None).order_by("id"))
    head = _head()
    return News(head, unnumbered, numbered(behind) if head > behind else [])


def numbered(behind: int, *, limit: int = PAGE) -> list[Entry]:
    """The entries behind a position, in order."""
    return _entries(Revocation.objects.filter(position__gt=behind).order_by("position")[:limit])


def holds(cursor: Cursor, *, since: datetime) -> bool:
    """Whether the log has exactly this entry, and it is of later than `since`, by the database's clock."""
    if cursor.created_at <= since:
        return False
    found = _entries(Revocation.objects.filter(position=cursor.position))
    return [Cursor.of(entry) for entry in found] == [cursor]  # SQLite compares times as texts, in two spellings


def _head() -> int:
    return RevocationHead.objects.order_by("pk").values_list("position", flat=True).first() or 0


def _entries(rows: QuerySet[Revocation]) -> list[Entry]:
    return [Entry._make(row) for row in rows.values_list(*Entry._fields)]
