"""Something taken back, as a value: an entry of the revocation log on its way to the workers (pure)."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Taken:
    """A session (`sid`), a single token (`jti`), or an account raised to `version` and `epoch`."""

    user_id: int
    sid: str = ""
    jti: str = ""
    version: int | None = None
    epoch: int | None = None


class Entry(NamedTuple):
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
    def place(self) -> int:
        """Its position; 0, which is before all, while it has none."""
        return self.position or 0

    def taken(self) -> Taken:
        return Taken(self.user_id, self.sid, self.jti, self.version, self.epoch)
