"""Wire form of the feed: server-sent events, and cursors as their ids (pure).

WHATWG HTML, section 9.2 (server-sent events).
"""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

import orjson

from auth.core.revocations import RevocationRecord

SNAPSHOT = b"event: snapshot\ndata: {}\n\n"

_CURSOR = re.compile(r"([1-9]\d{0,17})-([1-9]\d{0,17})-([1-9]\d{0,16})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Cursor(NamedTuple):
    """The unambiguous name of an entry: after a restore, positions and ids are reused."""

    position: int
    id: int
    created_at: datetime

    @classmethod
    def of(cls, entry: RevocationRecord) -> Self:
        """Of an entry that has a position."""
        return cls(entry.feed_position, entry.id, entry.created_at)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None if it is not one of our cursors."""
        found = _CURSOR.fullmatch(text)
        if found is None:
            return None
        position, number, microseconds = map(int, found.groups())
        try:
            return cls(position, number, _EPOCH + microseconds * _MICROSECOND)
        except OverflowError:
            return None

    def __str__(self) -> str:
        return f"{self.position}-{self.id}-{(self.created_at - _EPOCH) // _MICROSECOND}"


def revocation(entry: RevocationRecord, *, lifetime: timedelta) -> bytes:
    """The event of an entry. `lifetime`: how long after it a token that it concerns may still be alive."""
    data = {"sub": str(entry.user_id), **_concerned(entry)}
    data |= {
        "before": entry.created_at.timestamp(),
        "exp": math.ceil((entry.created_at + lifetime).timestamp()),
        "reason": entry.reason,
    }
    return _event("revocation", data, id=str(Cursor.of(entry)))


def heartbeat(cursor: Cursor | None, *, head: int, at: float) -> bytes:
    """`at` in seconds: see docs/revocation.md."""
    return _event("heartbeat", {"head": head, "at": round(at, 3)}, id=str(cursor) if cursor else "")


def _concerned(entry: RevocationRecord) -> dict[str, Any]:
    if entry.sid:
        return {"sid": entry.sid}
    if entry.jti:
        return {"jti": entry.jti}
    if not entry.ends_sessions:
        return {"claims_only": True} | ({} if entry.version is None else {"version": entry.version})
    return {"epoch": entry.epoch or 0} | ({"except": entry.kept} if entry.kept else {})


def _event(name: str, data: dict[str, Any], *, id: str) -> bytes:  # noqa: A002  the field's name
    id_line = f"id: {id}\n" if id else ""
    return f"event: {name}\n{id_line}data: ".encode() + orjson.dumps(data) + b"\n\n"
