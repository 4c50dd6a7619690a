"""What must be true of accounts, sessions and tokens: the model that the server is held against (pure)."""

from dataclasses import dataclass, field
from typing import Any

GRACE = 10  # seconds, JWT_ROTATION_GRACE_SECONDS
BOUND = 1.0  # seconds until a revocation holds for every request that begins later
ACCESS_SECONDS = 900  # an access token's life


@dataclass(slots=True, eq=False)
class Access:
    """An access token. `void_since`: a password change took it back, and not its session."""

    raw: str = field(repr=False)
    session: "Session"
    expires_at: float
    void_since: float | None = None

    @property
    def over_since(self) -> float | None:
        moments = [moment for moment in (self.void_since, self.session.over_since) if moment is not None]
        return min(moments, default=None)

    def is_live(self, now: float) -> bool:
        return self.over_since is None and now < self.expires_at

    def must_be_refused(self, begun_at: float) -> bool:
        over = self.over_since is not None and begun_at >= self.over_since + BOUND
        return over or begun_at >= self.expires_at


@dataclass(slots=True, eq=False)
class Session:
    account: "Account" = field(repr=False)
    refresh: dict[int, str] = field(default_factory=dict, repr=False)
    """Every refresh token that it ever had, by generation."""
    accesses: list[Access] = field(default_factory=list, repr=False)
    generation: int = 0
    min_generation: int = 0
    rotated_at: float = 0.0
    over_since: float | None = None

    @property
    def newest(self) -> str:
        return self.refresh[self.generation]

    def end(self, now: float) -> None:
        if self.over_since is None:
            self.over_since = now

    def judge(self, generation: int, now: float) -> str:
        """What a refresh token of this generation buys: "rotated", "retried", "reused" or "over"."""
        if self.over_since is not None or generation < self.min_generation:
            return "over"
        if generation == self.generation:
            return "rotated"
        is_in_time = int(now) - int(self.rotated_at) <= GRACE
        return "retried" if generation == self.generation - 1 and is_in_time else "reused"

    def is_current(self, generation: int, now: float) -> bool:
        return self.judge(generation, now) in ("rotated", "retried")

    def rotate(self, now: float, *, voids_older: bool = False) -> None:
        """The next generation; its token is put in by whoever learns it."""
        self.generation += 1
        self.rotated_at = now
        if voids_older:
            self.min_generation = self.generation
            for access in self.accesses:
                access.void_since = now if access.void_since is None else access.void_since

    def give(self, pair: Any, now: float) -> None:
        """The client got a pair of the present generation."""
        known = self.refresh.setdefault(self.generation, pair.refresh_token)
        assert pair.refresh_token == known, "a generation has two refresh tokens"
        self.add_access(pair, now)

    def add_access(self, pair: Any, now: float, *, void_since: float | None = None) -> None:
        self.accesses.append(Access(pair.access_token, self, int(now) + ACCESS_SECONDS, void_since))


@dataclass(slots=True, eq=False)
class Account:
    username: str
    password: str = field(repr=False)
    user_id: int
    sessions: list[Session] = field(default_factory=list)
    staff: list[tuple[float, bool]] = field(default_factory=list)
    """Since when it has been staff, or not."""
    epoch_raised_at: list[float] = field(default_factory=list)
    is_active: bool = True
    is_gone: bool = False
    passwords: int = 0
    """How often the password was changed."""

    def set_staff(self, value: bool, now: float) -> None:
        self.staff.append((now, value))

    def possible_staff(self, begun_at: float) -> set[bool]:
        """What a request begun then may find, whatever it was before the bound."""
        settled = [value for since, value in self.staff if since <= begun_at - BOUND]
        later = [value for since, value in self.staff if since > begun_at - BOUND]
        return {*([settled[-1]] if settled else [False]), *later}

    def end_all(self, now: float, *, keep: Session | None = None) -> None:
        """Its epoch rises: logins under way come to nothing too."""
        self.epoch_raised_at.append(now)
        for session in self.sessions:
            if session is not keep:
                session.end(now)

    def new_session(self, raises_seen: int, now: float) -> Session:
        """A session that carries the epoch as it was when so many raises had been seen."""
        session = Session(self, rotated_at=now)
        if len(self.epoch_raised_at) > raises_seen:
            session.end(self.epoch_raised_at[raises_seen])
        self.sessions.append(session)
        return session

    def accesses(self) -> list[Access]:
        return [access for session in self.sessions for access in session.accesses]
