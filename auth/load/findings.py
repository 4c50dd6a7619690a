"""Findings: what a rule judged, how often it was broken, and three examples."""

from collections.abc import Iterator
from dataclasses import dataclass, field

EXAMPLES = 3

RULES = {
    "rotations": "The stored generation of each session agrees with the rotations that responses reported.",
    "reuse": "No session was ended by reuse detection.",
    "successors": "No generation of a session has two different successors.",
    "revocation": "No token is accepted in a request sent over 1 s after the response that confirmed its revocation.",
    "live-tokens": "No request with a live token gets 401.",
    "endings": "Each confirmed revocation of a session is stored.",
    "sessions": "Each session in the log is stored.",
    "login-limit": "Where failed logins reach the limit, exactly its quota is admitted.",
    "dropped": "The server dropped no record and no log line.",
    "expected": "Every request has an expected outcome.",
}
"""Every rule, and what it requires."""


@dataclass(slots=True)
class Finding:
    """Of one rule. `judged` counts what it was applied to; `skipped` is why it was not applied at all."""

    rule: str
    judged: int = 0
    count: int = 0
    examples: list[str] = field(default_factory=list)
    skipped: str = ""

    def add(self, example: str, *, count: int = 1) -> None:
        self.count += count
        if len(self.examples) < EXAMPLES:
            self.examples.append(example)


class Findings:
    """One per rule: `findings["reuse"].add(...)`."""

    def __init__(self) -> None:
        self._of = {rule: Finding(rule) for rule in RULES}

    def __getitem__(self, rule: str) -> Finding:
        return self._of[rule]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._of.values())

    def skip_unused(self) -> None:
        """Call after judging: a rule without a case in the log has not held, it was not applied."""
        for finding in self:
            if not (finding.judged or finding.count or finding.skipped):
                finding.skipped = "the log has no case of it"

    @property
    def passed(self) -> bool:
        return not any(finding.count for finding in self)
