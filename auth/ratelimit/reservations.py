"""Reservations under limits, and how they are reported to the caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from auth.caller import RequestContext
from auth.core.policies import Usage
from auth.errors import RateLimited
from auth.ratelimit.hits import Hit


class Outcome(Enum):
    """The result of an attempt; without a known result it COUNTS."""

    COUNTS = auto()
    UNTRIED = auto()
    SUCCEEDED = auto()


@dataclass(slots=True)
class Attempt:
    """A pending attempt."""

    outcome: Outcome = Outcome.COUNTS

    def succeed(self) -> None:
        """Its slots are released, and the caller is trusted from now on."""
        self.outcome = Outcome.SUCCEEDED

    def cancel(self) -> None:
        """Its slots are released: nothing was tried after all."""
        self.outcome = Outcome.UNTRIED


@dataclass(frozen=True, slots=True)
class Reservation:
    """Slots reserved under one id, unless there is a `wait`; then `refusing` is the hit that requires it."""

    hits: tuple[Hit, ...] = ()
    id: str = ""
    usages: tuple[Usage, ...] = ()
    wait: float = 0.0
    refusing: Hit | None = None
    is_worth_waiting: bool = False
    is_local: bool = False

    @property
    def reported(self) -> list[Usage]:
        """The usages that a caller may read that fails."""
        return [usage for hit, usage in zip(self.hits, self.usages, strict=True) if hit.is_reported]


def admit(context: RequestContext, found: Reservation) -> Reservation:
    """Raises RateLimited, naming the list that refuses: what many refusals are recorded as one by."""
    context.usages += found.reported
    if found.refusing is not None:
        by = found.refusing
        raise RateLimited(found.wait, policy=by.policy.name, subject=by.name, window=by.quota.window)
    return found


def report_release(context: RequestContext, reservation: Reservation, *, all_: bool) -> None:
    """One slot more is left than was reported; a successful caller sees every limit."""
    reported = reservation.reported
    usages = reservation.usages if all_ else reported
    released = [usage._replace(remaining=usage.remaining + 1) for usage in usages]
    context.usages[:] = [usage for usage in context.usages if usage not in reported] + released


def usages_of(hits: Sequence[Hit], states: Sequence[tuple[int, float]]) -> tuple[Usage, ...]:
    """`states`: remaining, and reset in microseconds."""
    pairs = zip(hits, states, strict=True)
    return tuple(Usage(hit.policy.name, hit.quota, left, reset / 1e6) for hit, (left, reset) in pairs)
