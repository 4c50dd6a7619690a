"""One entry of the revocation feed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authgate_verifier.events import FeedError


@dataclass(frozen=True, slots=True)
class Revocation:
    """Exactly one of `session`, `token_id` and `epoch` is given, or `claims_only` is true. Times are Unix seconds."""

    subject: str
    session: str | None
    token_id: str | None
    epoch: int | None
    """Every token of the account with a lower epoch is over; one without the claim if issued before `before`."""
    spares: str | None
    """The session that an `epoch` entry spares (`except` on the wire)."""
    claims_only: bool
    """No token is over, but rights in tokens of a lower `version` are no longer believed; in one without the claim if
    issued until `before`."""
    version: int | None
    before: float
    """By the server's database."""
    expires_at: int
    """No concerned token is alive after it."""
    reason: str


def read_revocation(data: str) -> Revocation:
    """Raises FeedError for what is no entry: a reader that passed over it might accept a revoked token."""
    value = json_object(data)
    entry = Revocation(
        subject=_required(value, "sub", str),
        session=_optional(value, "sid", str),
        token_id=_optional(value, "jti", str),
        epoch=_optional(value, "epoch", int),
        spares=_optional(value, "except", str),
        claims_only=value.get("claims_only") is True,
        version=_optional(value, "version", int),
        before=number(value, "before"),
        expires_at=_required(value, "exp", int),
        reason=_optional(value, "reason", str) or "",
    )
    aims = [entry.session is not None, entry.token_id is not None, entry.epoch is not None, entry.claims_only]
    if sum(aims) != 1:
        raise FeedError("an entry of the feed does not say what it ends")
    return entry


def json_object(data: str) -> Mapping[str, Any]:
    """Raises FeedError."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FeedError("an event of the feed is not JSON") from error
    if not isinstance(value, dict):
        raise FeedError("an event of the feed is no object")
    return value


def number(value: Mapping[str, Any], name: str) -> float:
    """Raises FeedError unless it is there, finite and not negative."""
    found = value.get(name)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found < 1 << 53:  # NaN fails too
        raise FeedError(f"an event of the feed has no {name}")
    return float(found)


def _required[T](value: Mapping[str, Any], name: str, kind: type[T]) -> T:
    found = value.get(name)
    if type(found) is not kind:
        raise FeedError(f"an event of the feed has no {name}")
    return found


def _optional[T](value: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    return _required(value, name, kind) if name in value else None
