"""The rules: whether the responses of a run agree with the database after it.

A finding is certain: what can be explained by a lost response, by requests in flight at the same time, or by clocks
that differ by up to CLOCKS seconds is not reported. Two passes over the log, and no I/O besides.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from auth.config import TokenSettings
from auth.core.policies import Policies
from auth.load.attempts import refused_early
from auth.load.findings import Findings
from auth.load.history import History, SessionHistory
from auth.load.outcomes import CUT, Outcome
from auth.load.stored import StoredSession
from auth.tokens.access import JITTER

REVOCATION_SECONDS = 1.0
"""docs/revocation.md: the bound within which every worker has learnt of a revocation."""
CLOCKS = 5.0
_IDLE_SLACK = 3600.0
"""A token that was retried is older than its answer, by the time that a lost answer may be retried."""
_LOGGED_ENDINGS = frozenset({"logout", "token_revoked"})
_TOKEN_REFUSALS = {"invalid_token": "access", "invalid_grant": "refresh"}
_REFUSALS = frozenset({"invalid_token", "invalid_grant", "invalid_credentials"})
_BEARERS = frozenset({"me", "ws", "ticket", "logout"})
_TOKENLESS = frozenset({"login", "register", "revoke", "introspect"})


@dataclass(frozen=True, slots=True)
class Database:
    """What is known about the run besides its log."""

    sessions: Iterable[StoredSession]
    """All of the run's accounts, each once."""
    blacklisted: frozenset[str] = frozenset()
    pool: Iterable[tuple[str, str, float]] = ()
    """Of each of its access tokens: `sid`, `jti`, and when it expires."""


class Judge:
    """Judges the log that `history` was read from, outcome by outcome; then `finish`."""

    def __init__(
        self,
        history: History,
        database: Database,
        findings: Findings,
        *,
        tokens: TokenSettings,
        policies: Policies,
        allowed: frozenset[int] = frozenset(),
    ) -> None:
        self._history = history
        self._findings = findings
        self._tokens, self._policies = tokens, policies
        self._blacklisted = database.blacklisted
        self._allowed = allowed
        self._unexpected: Counter[str] = Counter()
        for sid, jti, expires_at in database.pool:
            if session := history.sessions.get(sid):
                session.pool_token = (jti, expires_at)
        for stored in database.sessions:
            self._judge_stored(stored)

    def judge(self, outcome: Outcome) -> None:
        """Judge one request of the log."""
        self._judge_expected(outcome)
        session = self._history.sessions.get(outcome.sid or "")
        if session and outcome.op not in _TOKENLESS:
            self._judge_revocation(outcome, session)
            self._judge_liveness(outcome, session)
        if outcome.op == "login" and outcome.status == 429:
            self._judge_refused_login(outcome)

    def finish(self) -> None:
        """Judge what takes the whole log."""
        for sid, session in self._history.sessions.items():
            self._judge_session(sid, session)
        self._judge_admitted_failures()
        for kind, count in self._unexpected.most_common():
            self._findings["expected"].add(f"{kind}: {count} times", count=count)
        self._findings.skip_unused()

    def _judge_stored(self, stored: StoredSession) -> None:
        reuse, session = self._findings["reuse"], self._history.sessions.get(stored.sid)
        reuse.judged += 1
        if stored.revoked_reason == "refresh_reuse":
            reuse.add(f"session {stored.sid}: ended at generation {stored.generation}")
        if session:
            session.stored = stored
        elif stored.generation:
            self._findings["rotations"].add(
                f"session {stored.sid}: {stored.generation} rotations are stored, and the log does not name it"
            )

    def _judge_session(self, sid: str, session: SessionHistory) -> None:
        self._findings["sessions"].judged += 1
        if session.stored is None:
            self._findings["sessions"].add(f"session {sid}: in the log, and not in the database")
            return
        rotations, endings = self._findings["rotations"], self._findings["endings"]
        rotations.judged += 1
        if difference := _rotations_differ(session, session.stored):
            rotations.add(f"session {sid}: {difference}")
        if session.ending_answered < inf:
            endings.judged += 1
            if session.stored.revoked_at is None and not session.stored.is_over:
                endings.add(f"session {sid}: its revocation was confirmed and is not stored")

    def _judge_revocation(self, outcome: Outcome, session: SessionHistory) -> None:
        late = outcome.at - session.ending_answered
        if late <= REVOCATION_SECONDS:
            return
        rule = self._findings["revocation"]
        rule.judged += 1
        if outcome.is_success:
            rule.add(f"session {outcome.sid}: {outcome.kind}, sent {late:.2f} s after its revocation was confirmed")

    def _judge_liveness(self, outcome: Outcome, session: SessionHistory) -> None:
        rule = self._findings["live-tokens"]
        rule.judged += 1
        if outcome.status != 401 or session.stored is None or outcome.presented is None:
            return
        token = _TOKEN_REFUSALS.get(outcome.error or "", "access" if outcome.op in _BEARERS else "")
        ends = {"access": self._access_ends, "refresh": self._refresh_ends}.get(token)
        if ends and outcome.answered < min(_session_ends(session, session.stored), ends(outcome, session)):
            rule.add(f"session {outcome.sid}: {outcome.kind} at {outcome.at:.3f}, generation {outcome.presented}")

    def _access_ends(self, outcome: Outcome, session: SessionHistory) -> float:
        """Until when the access token is valid for certain, if its session is."""
        presented, stored = outcome.presented or 0, session.stored
        if stored is None or presented < stored.min_generation or outcome.jti in self._blacklisted:
            return -inf
        jti, expires_at = session.pool_token
        if outcome.jti and outcome.jti == jti:
            return expires_at - CLOCKS
        given = session.generations.get(presented)
        lifetime = self._tokens.access_lifetime.total_seconds() * (1 - JITTER)
        return given.issued + lifetime - CLOCKS if given and given.issued < inf else -inf

    def _refresh_ends(self, outcome: Outcome, session: SessionHistory) -> float:
        """Until when the refresh token is the newest of its session for certain."""
        presented, stored = outcome.presented or 0, session.stored
        if stored is None or presented < stored.min_generation:
            return -inf
        idle = self._tokens.refresh_idle_lifetime.total_seconds() - CLOCKS - _IDLE_SLACK
        if presented >= stored.generation:
            return stored.rotated_at + idle
        known = session.generations.get(presented)
        return min(known.replaced, known.issued + idle) if known and known.issued < inf else -inf

    def _judge_refused_login(self, outcome: Outcome) -> None:
        account = self._history.logins.get((outcome.username or "").lower())
        if account is None:
            return
        early = refused_early(self._policies, outcome, account=account, everyone=self._history.all_logins)
        if early:
            self._findings["login-limit"].add(f"{outcome.username}: refused at {outcome.at:.3f} after {early}")

    def _judge_admitted_failures(self) -> None:
        rule = self._findings["login-limit"]
        for name, account in self._history.logins.items():
            rule.judged += bool(account.refused or account.failed.sent)
            daily = None if account.other.sent else self._policies.login_account.quota  # a success starts another count
            for quota in (self._policies.login.quota, daily):
                if excess := account.excess(quota):
                    rule.add(f"{name}: {excess} failed logins admitted within one window of {quota}")

    def _judge_expected(self, outcome: Outcome) -> None:
        self._findings["expected"].judged += 1
        if not (_is_expected(outcome) or outcome.status in self._allowed):
            self._unexpected[outcome.kind] += 1


def _rotations_differ(session: SessionHistory, stored: StoredSession) -> str:
    """Each rotation makes one generation. It was answered, or a request without an answer made it."""
    generation, answered = stored.generation, max(session.newest, session.rotated)
    if generation < answered:
        return f"responses reported {answered} rotations, generation {generation} is stored"
    if generation > max(session.newest, session.reach):
        return f"generation {generation} is stored, the newest in a response is {session.newest}"
    return ""


def _session_ends(session: SessionHistory, stored: StoredSession) -> float:
    """Until when the session is live for certain, by the clock of the log."""
    if stored.is_over:
        return -inf
    known = min(stored.expires_at - CLOCKS, session.ending_sent)
    if stored.revoked_at is None:
        return known
    is_logged = stored.revoked_reason in _LOGGED_ENDINGS and session.ending_sent < inf
    return min(known, stored.revoked_at - CLOCKS) if is_logged else -inf


def _is_expected(outcome: Outcome) -> bool:
    """Successes, refusals that other rules judge, and what was in flight when the driver stopped."""
    if outcome.is_success or outcome.status == 429:
        return True
    if outcome.status == 0:
        return outcome.error == CUT
    return outcome.status == 401 and (outcome.error in _REFUSALS or outcome.error is None)
