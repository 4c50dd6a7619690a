"""Rate limits: take a place before the work, give it back when it should not count."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from auth.caller import Caller
from auth.errors import RateLimited, ServiceUnavailable
from auth.policies import Policy, Quota, Usage
from auth.stores import keys
from auth.stores.local_limits import LocalLimits
from auth.stores.redis_store import Argument, Call, RedisStore, Script

log = structlog.get_logger("authgate.limits")

_RESERVE = Script.load("reserve")
_REFUND = Script.load("refund")

KNOWN_FOR = 90 * 86400
"""Seconds that a caller who has succeeded is known."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One use of something limited: which policy, and of whom.

    `known_as`: once a reservation under this name has been refunded, the caller has this quota to itself, and nobody
    else can use it up.
    """

    policy: Policy
    subject: str
    known_as: str = ""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Places taken under one entry; no hits: no policy was on."""

    hits: tuple[Hit, ...] = ()
    entry: str = ""
    usages: tuple[Usage, ...] = ()
    is_local: bool = field(default=False, kw_only=True)


class Limits:
    """`ids` makes each reservation distinct; `clock` (Unix seconds) is Redis' own unless given.

    While Redis is away, `local` counts: tighter, never open.
    """

    def __init__(
        self,
        store: RedisStore,
        *,
        ids: Callable[[], str],
        local: LocalLimits | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._store = store
        self._ids = ids
        self._local = local or LocalLimits(workers=1, clock=time.monotonic)
        self._clock = clock

    async def reserve(self, caller: Caller, *hits: Hit) -> Reservation:
        """Take a place under every policy that is on, or under none, and note in `caller` how each stands.

        Raises RateLimited.
        """
        limited = tuple(hit for hit in hits if hit.policy.quota)
        if not limited:
            return Reservation()
        try:
            wait, reservation = await self._take(limited)
        except ServiceUnavailable:
            wait, reservation = self._take_locally(limited)
        caller.usages += reservation.usages
        if wait:
            raise RateLimited(wait)
        return reservation

    def reserve_locally(self, caller: Caller, hit: Hit) -> None:
        """As reserve, for what is otherwise counted in Redis by another script. Raises RateLimited."""
        if hit.policy.quota:
            wait, reservation = self._take_locally((hit,))
            caller.usages += reservation.usages
            if wait:
                raise RateLimited(wait)

    async def refund(self, caller: Caller, reservation: Reservation) -> None:
        """Give the places back, in `caller`'s report too. In an outage they stay taken until their window ends."""
        if not reservation.hits:
            return
        if reservation.is_local:
            self._local.refund(_names(reservation.hits), reservation.entry)
        else:
            await self._give_back(reservation)
        refunded = [replace(usage, remaining=usage.remaining + 1) for usage in reservation.usages]
        caller.usages[:] = [usage for usage in caller.usages if usage not in reservation.usages] + refunded

    async def _take(self, hits: tuple[Hit, ...]) -> tuple[float, Reservation]:
        now = "" if self._clock is None else int(self._clock() * 1_000_000)
        names, arguments = _names(hits), list[Argument]([now, self._ids(), len(hits)])
        for hit in hits:
            quota = _quota(hit)
            arguments += [quota.limit, quota.window * 1_000_000, len(names) + 1 if hit.known_as else 0]
            names += _own(hit)
        wait, entry, *state = await self._store.run(Call(_RESERVE, names, arguments))
        states = list(zip(state[::2], state[1::2], strict=True))
        return wait / 1e6, Reservation(hits, entry.decode(), _usages(hits, states))

    def _take_locally(self, hits: tuple[Hit, ...]) -> tuple[float, Reservation]:
        entry = self._ids()
        wait, states = self._local.reserve(_names(hits), [_quota(hit) for hit in hits], entry)
        return wait, Reservation(hits, entry, _usages(hits, states), is_local=True)

    async def _give_back(self, reservation: Reservation) -> None:
        own = [name for hit in reservation.hits for name in _own(hit)]
        marks, lists = own[::2], _names(reservation.hits) + own[1::2]
        arguments: list[Argument] = [reservation.entry, len(lists), KNOWN_FOR * 1000]
        try:
            await self._store.run(Call(_REFUND, lists + marks, arguments))
        except ServiceUnavailable:
            log.warning("refund_missed", places=len(lists))


def _quota(hit: Hit) -> Quota:
    if hit.policy.quota is None:
        raise ValueError(f"the policy {hit.policy.name} is off")
    return hit.policy.quota


def _names(hits: tuple[Hit, ...]) -> list[str]:
    return [keys.limit(hit.policy.name, hit.subject) for hit in hits]


def _own(hit: Hit) -> list[str]:
    """The mark of a caller that may be known, and the list that is then its own."""
    if not hit.known_as:
        return []
    return [keys.limit(f"{hit.policy.name}-known", hit.known_as), keys.limit(f"{hit.policy.name}-own", hit.known_as)]


def _usages(hits: tuple[Hit, ...], states: list[tuple[int, float]]) -> tuple[Usage, ...]:
    """`states`: remaining, and reset in microseconds."""
    pairs = zip(hits, states, strict=True)
    return tuple(Usage(hit.policy.name, _quota(hit), left, reset / 1e6) for hit, (left, reset) in pairs)
