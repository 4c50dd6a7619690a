"""A model of the server and of honest clients, which makes outcome logs: any timing, lost answers, overlaps.

`fault` is what the server does wrong, if anything.
"""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import strategies as st

from auth.load.outcomes import Outcome, outcome_of
from auth.load.stored import StoredSession
from tests.unit.auth.load.fabricated import AFTER, START

Fault = Literal["lost rotation", "two successors", "late revocation", "lost logout", "false 401", "quota 4", "quota 2"]
LIFETIME, GRACE, QUOTA, WINDOW = 900.0, 10.0, 3, 60.0


@dataclass
class Token:
    """What a client holds, and since when."""

    generation: int
    since: float
    expires: float


@dataclass
class ModelSession:
    """One session, at the server and at its client."""

    sid: str
    generation: int = 0
    rotated_at: float = START
    ended_at: float | None = None
    refused_from: float = float("inf")
    """When every worker has learnt of its end."""
    tokens: list[Token] = field(default_factory=lambda: [Token(0, START, AFTER)])


class Model:
    """`skew`: how far the server's clock is ahead of the log's."""

    def __init__(self, dice: random.Random, skew: float, fault: Fault | None = None) -> None:
        self._dice, self._skew, self._fault = dice, skew, fault
        self._failures: list[float] = []
        self._now = START
        self.sessions = [ModelSession(f"session {number}") for number in range(2)]
        self.log: list[Outcome] = []

    def step(self, action: str, pause: float) -> None:
        """One request, which the server processes at this moment."""
        self._now += pause
        if action == "guess":
            self._guess()
        else:
            session = self._dice.choice(self.sessions)
            {"refresh": self._refresh, "me": self._me, "logout": self._logout}[action](session)

    def stored(self) -> list[StoredSession]:
        return [self._row(session) for session in self.sessions]

    def _row(self, session: ModelSession) -> StoredSession:
        is_lost = self._fault == "lost rotation" and session.generation > 1
        ended_at = None if self._fault == "lost logout" else session.ended_at
        return StoredSession(
            sid=session.sid,
            generation=session.generation - is_lost,
            min_generation=0,
            rotated_at=session.rotated_at + self._skew,
            expires_at=START + 90 * 86400,
            revoked_at=None if ended_at is None else ended_at + self._skew,
            revoked_reason="" if ended_at is None else "logout",
        )

    def _held(self, session: ModelSession, sent: float) -> Token:
        """The newest token that had arrived; now and then the one before."""
        held = [token for token in session.tokens if token.since <= sent]
        return held[-1] if len(held) < 2 or self._dice.random() < 0.7 else held[-2]

    def _refresh(self, session: ModelSession) -> None:
        sent = self._sent()
        presented = self._held(session, sent).generation
        if session.ended_at is not None:
            self._answer("refresh", sent, session, 401, error="invalid_grant", presented=presented)
            return
        is_newest = presented == session.generation
        is_retry = presented == session.generation - 1 and self._now - session.rotated_at <= GRACE
        if not (is_newest or is_retry):
            return  # an honest client does not present it
        if is_newest:
            session.generation, session.rotated_at = presented + 1, self._now
        successor = f"{session.sid} {presented + 1}"
        if self._fault == "two successors" and is_retry:
            successor += " another"
        given = {"gen": presented + 1, "successor": successor, "how": "rotated" if is_newest else "retried"}
        answered = self._answer("refresh", sent, session, 200, presented=presented, **given)
        if answered is not None:
            expires = self._now + LIFETIME * self._dice.uniform(0.95, 1)
            session.tokens.append(Token(presented + 1, answered, expires))
            session.tokens.sort(key=lambda token: (token.generation, token.since))

    def _me(self, session: ModelSession) -> None:
        sent = self._sent()
        token = self._held(session, sent)
        clock = self._skew if token.expires == AFTER else 0.0  # the pool's is a moment of the server's clock
        is_refused = self._now + clock >= token.expires or self._is_revoked(session, sent)
        if self._fault == "false 401" and self._dice.random() < 0.2:
            is_refused = True
        status, error = (401, "invalid_token") if is_refused else (200, None)
        self._answer(
            "me", sent, session, status, error=error, presented=token.generation, jti=f"access {token.generation}"
        )

    def _is_revoked(self, session: ModelSession, sent: float) -> bool:
        """Until all workers have learnt of it, some accept its tokens."""
        if session.ended_at is None:
            return False
        late = 5.0 if self._fault == "late revocation" else 0.0
        return sent > session.refused_from + late or self._dice.random() < 0.5

    def _logout(self, session: ModelSession) -> None:
        sent = self._sent()
        token = self._held(session, sent)
        if session.ended_at is not None or self._now + abs(self._skew) >= token.expires:
            return
        session.ended_at = self._now
        answered = self._answer("logout", sent, session, 200, presented=token.generation, ended_sid=session.sid)
        session.refused_from = float("inf") if answered is None else answered + 1

    def _guess(self) -> None:
        sent = self._sent()
        quota = {"quota 4": 4, "quota 2": 2}.get(self._fault or "", QUOTA)
        is_admitted = sum(moment > self._now - WINDOW for moment in self._failures) < quota
        if is_admitted:
            self._failures.append(self._now)
        status, error = (401, "invalid_credentials") if is_admitted else (429, "rate_limited")
        self._answer("login", sent, None, status, error=error, username="load-x-1")

    def _sent(self) -> float:
        return max(START, self._now - self._dice.choice([0.001, 0.1, 2.0]))

    def _answer(self, op: str, sent: float, session: ModelSession | None, status: int, **values: Any) -> float | None:
        """When it arrived; None if it was lost."""
        arrived = self._now + self._dice.choice([0.001, 0.1, 2.0])
        line = {"at": sent, "ms": (arrived - sent) * 1000, "op": op, "sid": session.sid if session else None}
        is_lost = self._dice.random() < 0.15
        if is_lost:
            kept = {name: values[name] for name in ("presented", "username") if name in values}
            self.log.append(outcome_of({**line, "status": self._dice.choice([0, 503]), **kept}))
            return None
        self.log.append(outcome_of({**line, "status": status, **values}))
        return arrived


ACTIONS = ["refresh", "refresh", "me", "me", "logout", "guess", "guess", "guess"]
PAUSES = [0.0, 0.01, 0.01, 0.5, 0.5, 1.5, 5.0, 30.0, 400.0]


def histories(shortest: int) -> st.SearchStrategy[list[tuple[str, float]]]:
    """What clients do, and after which pause."""
    return st.lists(
        st.tuples(st.sampled_from(ACTIONS), st.sampled_from(PAUSES)), min_size=shortest, max_size=shortest + 60
    )
