"""What is known of places that were asked for, and what a caller is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from auth.caller import Caller
from auth.core.policies import Usage
from auth.errors import RateLimited
from auth.ratelimit.hits import Hit


class Outcome(Enum):
    """What comes of an attempt; what is not known to be otherwise COUNTS."""

    COUNTS = auto()
    UNTRIED = auto()
    SUCCEEDED = auto()


@dataclass(slots=True)
class Attempt:
    """What is being tried, for as long as nobody knows how it ends."""

    outcome: Outcome = Outcome.COUNTS

    def succeed(self) -> None:
        """Its places are given back, and the caller is known from now on."""
        self.outcome = Outcome.SUCCEEDED

    def cancel(self) -> None:
        """Its places are given back: nothing was tried after all."""
        self.outcome = Outcome.UNTRIED


@dataclass(frozen=True, slots=True)
class Reservation:
    """Places taken under one id, unless there is a `wait`; then `refusing` is the hit that asks for it."""

    hits: tuple[Hit, ...] = ()
    id: str = ""
    usages: tuple[Usage, ...] = ()
    wait: float = 0.0
    refusing: Hit | None = None
    is_worth_waiting: bool = False
    is_local: bool = False

    @property
    def told(self) -> list[Usage]:
        """Of what a caller may read that fails."""
        return [usage for hit, usage in zip(self.hits, self.usages, strict=True) if hit.is_told]


def admit(caller: Caller, found: Reservation) -> Reservation:
    """Raises RateLimited, naming the list that refuses: what many refusals are recorded as one by."""
    caller.usages += found.told
    if found.refusing is not None:
        by = found.refusing
        raise RateLimited(found.wait, policy=by.policy.name, subject=by.name, window=by.quota.window)
    return found


def report_refund(caller: Caller, reservation: Reservation, *, all_: bool) -> None:
    """One place more is left than was reported; who succeeded reads of every limit."""
    told = reservation.told
    usages = reservation.usages if all_ else told
    refunded = [usage._replace(remaining=usage.remaining + 1) for usage in usages]
    caller.usages[:] = [usage for usage in caller.usages if usage not in told] + refunded


def usages_of(hits: Sequence[Hit], states: Sequence[tuple[int, float]]) -> tuple[Usage, ...]:
    """`states`: remaining, and reset in microseconds."""
    pairs = zip(hits, states, strict=True)
    return tuple(Usage(hit.policy.name, hit.quota, left, reset / 1e6) for hit, (left, reset) in pairs)
