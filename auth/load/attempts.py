"""Login attempts of an account, and whether the limits of failures were exact.

A slot is reserved at some moment between sending and answer, and counts in a sliding window from then on. So an attempt
counts for certain from its answer on, and possibly from its sending on.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field

from auth.core.policies import Policies, Quota
from auth.load.outcomes import Outcome


@dataclass(slots=True)
class Spans:
    """Requests by when they were sent and when they were answered, each sorted."""

    sent: array[float] = field(default_factory=lambda: array("d"))
    answered: array[float] = field(default_factory=lambda: array("d"))

    def add(self, outcome: Outcome) -> None:
        insort(self.sent, outcome.at)
        insort(self.answered, outcome.answered)

    def overlapping(self, start: float, end: float) -> int:
        """How many were sent before `end` and answered after `start`."""
        return bisect_left(self.sent, end) - bisect_right(self.answered, start)

    def most_within(self, window: float) -> int:
        """The most that lie in one window completely. May be too low, if one took longer than the window."""
        total = len(self.sent)
        ends = (bisect_left(self.answered, start + window) for start in self.sent)
        return max((end - index for index, end in enumerate(ends)), default=0) if total else 0


@dataclass(slots=True)
class LoginAttempts:
    failed: Spans = field(default_factory=Spans)
    """Wrong passwords: each holds a slot for the window."""
    undecided: Spans = field(default_factory=Spans)
    """May have failed."""
    other: Spans = field(default_factory=Spans)
    """Hold a slot only until they are answered."""
    refused: int = 0

    def add(self, outcome: Outcome) -> None:
        if outcome.status == 429:
            self.refused += 1
        elif outcome.error == "invalid_credentials":
            self.failed.add(outcome)
        elif outcome.is_undecided:
            self.undecided.add(outcome)
        else:
            self.other.add(outcome)

    def may_count(self, refused: Outcome, window: float) -> int:
        """How many slots may have been in use when this attempt was refused."""
        start, end = refused.at - window, refused.answered
        lasting = self.failed.overlapping(start, end) + self.undecided.overlapping(start, end)
        return lasting + self.other.overlapping(refused.at, end)

    def excess(self, quota: Quota | None) -> int:
        """How many failures were admitted for certain in one window; 0 if these are not more than the quota."""
        if quota is None:
            return 0
        most = self.failed.most_within(quota.window)
        return most if most > quota.limit else 0


def refused_early(policies: Policies, refused: Outcome, *, account: LoginAttempts, everyone: LoginAttempts) -> str:
    """Why this attempt was refused although no limit was reached; empty if one may have been."""
    by_subject = [
        (policies.login.quota, account),
        (policies.login_account.quota, account),
        (policies.login_address.quota, everyone),
        (policies.trusted_caller.quota, everyone),
    ]
    counts = [(attempts.may_count(refused, quota.window), quota) for quota, attempts in by_subject if quota]
    if any(count >= quota.limit for count, quota in counts):
        return ""
    return ", ".join(f"{count} of {quota}" for count, quota in counts) or "every limit is off"
