"""What an outcome log says of each session and account.

One pass, in memory that grows with sessions and failed logins, not with requests. Lines may come in any order.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import inf

from auth.load.attempts import LoginAttempts
from auth.load.findings import Findings
from auth.load.outcomes import Outcome
from auth.load.stored import StoredSession

_ANONYMOUS = frozenset({"login", "register"})
"""Operations that present no token. The session in their answer is a new one."""
_READING = frozenset({"me", "ws", "ticket", *_ANONYMOUS})
"""Operations that neither rotate nor end a session, whether or not they were answered."""
_ENDING = frozenset({"logout", "revoke"})
_KEPT = 16
"""Generations of a session that are kept, the newest. A client never presents older ones than the last two."""


@dataclass(slots=True)
class Generation:
    """Times are of the earliest request, and of its sending; infinite: there was none."""

    successor: str | None = None
    """`jti` of its refresh token."""
    issued: float = inf
    """When an answer gave its tokens."""
    replaced: float = inf
    """When a refresh presented it and succeeded, or may have."""


@dataclass(slots=True)
class SessionHistory:
    newest: int = 0
    """The newest generation that an answer gave."""
    rotated: int = 0
    """Answers that report a rotation."""
    reach: float = 0
    """The newest generation that a request may have made whose answer does not say."""
    ending_sent: float = inf
    """When a request was sent that ended the session, or may have."""
    ending_answered: float = inf
    """When it was answered that the session has ended."""
    pool_token: tuple[str, float] = ("", 0.0)
    """`jti` of the pool's access token, and when it expires."""
    stored: StoredSession | None = None
    generations: dict[int, Generation] = field(default_factory=dict)

    def generation(self, number: int) -> Generation:
        """Kept only while it is among the newest ones."""
        found = self.generations.get(number)
        if found is None:
            found = self.generations[number] = Generation()
            if len(self.generations) > _KEPT:
                del self.generations[min(self.generations)]
        return found


class History:
    """Broken chains of successors are found while reading, the rest afterwards (oracles.py)."""

    def __init__(self, log: Iterable[Outcome], findings: Findings) -> None:
        self.sessions: dict[str, SessionHistory] = {}
        self.logins: dict[str, LoginAttempts] = {}
        self.all_logins = LoginAttempts()
        self.count, self.first, self.last = 0, inf, 0.0
        self._findings = findings
        for outcome in log:
            self._add(outcome)

    def _add(self, outcome: Outcome) -> None:
        self.count += 1
        self.first = min(self.first, outcome.at)
        self.last = max(self.last, outcome.at)
        if outcome.op == "login" and outcome.username:
            self.logins.setdefault(outcome.username.lower(), LoginAttempts()).add(outcome)
            self.all_logins.add(outcome)
        if outcome.sid:
            self._add_to_session(outcome, self._session(outcome.sid))
        if outcome.ended_sid and outcome.is_success:
            ended = self._session(outcome.ended_sid)
            ended.ending_sent = min(ended.ending_sent, outcome.at)
            ended.ending_answered = min(ended.ending_answered, outcome.answered)

    def _session(self, sid: str) -> SessionHistory:
        return self.sessions.setdefault(sid, SessionHistory())

    def _add_to_session(self, outcome: Outcome, session: SessionHistory) -> None:
        if outcome.is_undecided:
            _add_undecided(outcome, session)
        elif outcome.is_success and outcome.gen is not None:
            self._add_tokens(outcome, outcome.gen, session)

    def _add_tokens(self, outcome: Outcome, generation: int, session: SessionHistory) -> None:
        session.newest = max(session.newest, generation)
        given = session.generation(generation)
        given.issued = min(given.issued, outcome.at)
        session.rotated += outcome.how == "rotated"
        if outcome.presented is not None:
            replaced = session.generation(outcome.presented)
            replaced.replaced = min(replaced.replaced, outcome.at)
            self._judge_successor(outcome, given)
        given.successor = given.successor or outcome.successor

    def _judge_successor(self, outcome: Outcome, given: Generation) -> None:
        rule, presented = self._findings["successors"], outcome.presented
        rule.judged += 1
        if outcome.op == "refresh" and outcome.gen != (presented or 0) + 1:
            rule.add(f"session {outcome.sid}: generation {presented} was followed by generation {outcome.gen}")
        elif given.successor and outcome.successor and given.successor != outcome.successor:
            rule.add(f"session {outcome.sid}: generation {presented} has two different successors")


def _add_undecided(outcome: Outcome, session: SessionHistory) -> None:
    if outcome.op in _READING:
        return
    if outcome.op != "refresh":
        session.ending_sent = min(session.ending_sent, outcome.at)
    if outcome.op not in _ENDING:
        session.reach = max(session.reach, inf if outcome.presented is None else outcome.presented + 1)
        if outcome.presented is not None:
            replaced = session.generation(outcome.presented)
            replaced.replaced = min(replaced.replaced, outcome.at)
