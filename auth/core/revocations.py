"""Revocations as values: entries of the log on their way to the workers (pure)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Revoked:
    """A session (`sid`), a single token (`jti`), or an account raised to `version` and `epoch`.

    The fields left out of comparisons are how the log has it, as far as that is known.
    """

    user_id: int
    sid: str = ""
    jti: str = ""
    version: int | None = None
    epoch: int | None = None
    kept: str = field(default="", compare=False)
    reason: str = field(default="", compare=False)
    logged_at: datetime | None = field(default=None, compare=False)


class RevocationRecord(NamedTuple):
    """A row of the log as it is read; the names are its columns (auth/models/revocation.py)."""

    position: int | None
    id: int
    user_id: int
    sid: str
    jti: str
    version: int | None
    epoch: int | None
    ends_sessions: bool
    kept: str
    reason: str
    created_at: datetime

    @property
    def feed_position(self) -> int:
        """Its position in the feed; 0, which is before all, while it has none."""
        return self.position or 0

    @property
    def identity(self) -> tuple[int, datetime]:
        """Identity before it has a position. After a failover an id may be reused, but never with the same time."""
        return self.id, self.created_at

    def as_revoked(self) -> Revoked:
        ended = (self.user_id, self.sid, self.jti, self.version, self.epoch)
        return Revoked(*ended, kept=self.kept, reason=self.reason, logged_at=self.created_at)
