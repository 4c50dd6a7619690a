"""Redis as a cache of accounts, sessions and revocations."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from auth.core.policies import Policy
from auth.core.revocations import Revoked
from auth.core.session_state import SessionState
from auth.errors import ServiceUnavailable
from auth.stores import key_names
from auth.stores.client import Argument, Call, RedisStore, Script
from auth.tokens import AccessClaims

_AUTHORIZE = Script.beside(__file__, "authorize")
_STORE = Script.beside(__file__, "store")
_REVOKE = Script.beside(__file__, "revoke")

_NO_LIMIT = (0, 0)
_OFF = Policy("off", None)


class Verdict(IntEnum):
    """The first word of authorize.lua's reply; UNAVAILABLE: there was none."""

    ALLOWED = 0
    REVOKED = 1
    UNKNOWN = 2
    LIMITED = 3
    UNAVAILABLE = 4


_VERDICTS = tuple(Verdict)


class Decision(NamedTuple):
    """`reset` in seconds: until the quota is whole again, or until the next call when limited."""

    verdict: Verdict
    version: int = 0
    profile: bytes = b""
    remaining: int = 0
    reset: float = 0.0


class PrincipalCache:
    """`lifetime` bounds how long a copy is believed without asking the database; no access token may live longer."""

    def __init__(
        self,
        store: RedisStore,
        *,
        lifetime: timedelta,
        policy: Policy,
        ending: Policy = _OFF,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._store = store
        self._lifetime = int(lifetime.total_seconds() * 1000)
        self._limit = _limit(policy)
        self._ending_limit = _limit(ending)
        self._clock = clock

    async def authorize(self, claims: AccessClaims, *, ending: str = "", counts: bool = True) -> Decision:
        """One round trip; counts the call, one that ends something by its session and kind of `ending`.

        UNKNOWN and UNAVAILABLE say that the database must decide; neither is a refusal, and neither was counted.
        """
        names = _names(claims.subject, claims.session, claims.token_id)
        limit = self._limit if counts else _NO_LIMIT
        if ending:
            limit, names = self._ending_limit, _ending_names(claims, ending)
        now = "" if self._clock is None else int(self._clock() * 1_000_000)
        try:
            verdict, *rest = await self._store.run(Call(_AUTHORIZE, names, (claims.generation, *limit, now)))
        except ServiceUnavailable:
            return Decision(Verdict.UNAVAILABLE)
        if not rest:
            return Decision(_VERDICTS[verdict])
        version, profile, remaining, reset = rest
        return Decision(_VERDICTS[verdict], int(version), profile, remaining, reset / 1_000_000)

    def check(self, claims: AccessClaims) -> Awaitable[Decision]:
        """As authorize, without counting."""
        return self.authorize(claims, counts=False)

    async def put(self, state: SessionState) -> None:
        """Keep what the database said; older copies and revoked sessions are not overwritten."""
        user = state.user_id
        names = [key_names.account(user), key_names.session(user, state.sid)]
        names += [key_names.blacklist(user, jti) for jti in state.blacklisted]
        session = f"{state.session_epoch}:{state.min_generation}"
        lifetimes = [max(1, int(seconds * 1000)) for seconds in state.blacklisted.values()]
        args: list[Argument] = [state.version, state.epoch, state.profile, session, self._lifetime, *lifetimes]
        await self._store.run(Call(_STORE, names, args))

    async def revoke(self, entries: Sequence[Revoked]) -> None:
        """Apply revocations, in one round trip. Idempotent."""
        await self._store.run_all([self._revocation(entry) for entry in entries])

    def _revocation(self, entry: Revoked) -> Call:
        user = entry.user_id
        names = [key_names.account(user), key_names.session(user, entry.sid), key_names.blacklist(user, entry.jti)]
        counters: list[Argument] = ["", ""] if entry.version is None else [entry.version, entry.epoch or 0]
        return Call(_REVOKE, names, [self._lifetime, int(bool(entry.sid)), int(bool(entry.jti)), *counters])


def _limit(policy: Policy) -> tuple[int, int]:
    return (policy.quota.limit, policy.quota.window * 1_000_000) if policy.quota else _NO_LIMIT


def _ending_names(claims: AccessClaims, ending: str) -> tuple[str, str, str, str]:
    account, session, blacklist, _ = _names(claims.subject, claims.session, claims.token_id)
    return account, session, blacklist, key_names.endings(claims.subject, claims.session, ending)


@lru_cache(maxsize=4096)
def _names(user: int, session: str, token_id: str) -> tuple[str, str, str, str]:
    """What authorize.lua reads. Most tokens come many times."""
    return (
        key_names.account(user),
        key_names.session(user, session),
        key_names.blacklist(user, token_id),
        key_names.calls(user),
    )
