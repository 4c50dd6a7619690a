"""What the database holds of a run's sessions, after the run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from auth.models import BlacklistedToken, Session


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A row of `sessions`, with times in Unix seconds."""

    sid: str
    generation: int
    min_generation: int
    rotated_at: float
    expires_at: float
    revoked_at: float | None = None
    revoked_reason: str = ""
    is_over: bool = False
    """Ended with all sessions of its account, or because the account is disabled: at a time that it does not hold."""


def stored_sessions(run: str) -> Iterator[StoredSession]:
    """Every session of the run's accounts, a chunk at a time."""
    rows = Session.objects.filter(user__load_account__run__name=run).order_by()
    columns = ("id", "generation", "min_generation", "rotated_at", "expires_at", "revoked_at", "revoked_reason")
    account = {"user_epoch": F("user__epoch"), "user_is_active": F("user__is_active")}
    for row in rows.values_list(*columns, "epoch", *account.values()).iterator(chunk_size=5000):
        sid, generation, least, rotated_at, expires_at, revoked_at, reason, epoch, user_epoch, is_active = row
        yield StoredSession(
            sid=str(sid),
            generation=generation,
            min_generation=least,
            rotated_at=rotated_at.timestamp(),
            expires_at=expires_at.timestamp(),
            revoked_at=_seconds(revoked_at),
            revoked_reason=reason,
            is_over=epoch < user_epoch or not is_active,
        )


def blacklisted_tokens(run: str) -> frozenset[str]:
    """`jti` of the access tokens that were revoked one by one."""
    rows = BlacklistedToken.objects.filter(user__load_account__run__name=run)
    return frozenset(rows.values_list("jti", flat=True))


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
