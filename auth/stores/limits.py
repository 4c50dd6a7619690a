"""Rate limits: take a place before the work, give it back when it should not count."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

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
_SETTLE = Script.load("settle")

_PAUSE_SECONDS = 0.05

KNOWN_FOR = 90 * 86400
"""Seconds that a caller who has succeeded is known."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One use of something limited: which policy, and of whom.

    `known_as`: once a caller has succeeded under this name, it has this quota to itself, and nobody else can use it up.
    """

    policy: Policy
    subject: str
    known_as: str = ""


def by_address(policy: Policy, caller: Caller, *, trusted: Policy) -> Hit:
    """A use of `policy` by the caller's address; a service client that named itself uses its own quota instead.

    One quota for each policy: whoever waits for places of logins must not wait for those of other calls.
    """
    return (
        Hit(trusted, f"{policy.name} {caller.client_id}")
        if caller.client_id and policy.quota
        else Hit(policy, caller.network)
    )


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

    async def reserve(self, caller: Caller, *hits: Hit, patience: float = 0.0) -> Reservation:
        """Take a place under every policy that is on, or under none, and note in `caller` how each stands.

        Where places are in the way that may yet be given back, waits for them up to `patience` seconds: so any number
        of right passwords at once pass, though each takes a place until it is known to be right. Raises RateLimited.
        """
        limited = tuple(hit for hit in hits if hit.policy.quota)
        if not limited:
            return Reservation()
        try:
            wait, reservation = await self._take_in_turn(limited, patience)
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

    async def settle(self, reservation: Reservation) -> None:
        """The places count for certain: nobody need wait for them. In an outage they count all the same."""
        if reservation.hits and not reservation.is_local:
            lists = _names(reservation.hits) + _own(reservation.hits)[1::2]
            await self._try(Call(_SETTLE, lists, [reservation.entry]))

    async def refund(self, caller: Caller, reservation: Reservation) -> None:
        """Give the places back, in `caller`'s report too: nothing was tried after all."""
        await self._give_back(caller, reservation, marks=[])

    async def succeed(self, caller: Caller, reservation: Reservation) -> None:
        """Give the places back, in `caller`'s report too, and know the caller from now on."""
        await self._give_back(caller, reservation, marks=_own(reservation.hits)[::2])

    async def _give_back(self, caller: Caller, reservation: Reservation, *, marks: list[str]) -> None:
        """In an outage they stay taken until their window ends."""
        if not reservation.hits:
            return
        names = _names(reservation.hits)
        if reservation.is_local:
            self._local.refund(names, reservation.entry)
        else:
            lists = names + _own(reservation.hits)[1::2]
            await self._try(Call(_REFUND, lists + marks, [reservation.entry, len(lists), KNOWN_FOR * 1000]))
        refunded = [usage._replace(remaining=usage.remaining + 1) for usage in reservation.usages]
        caller.usages[:] = [usage for usage in caller.usages if usage not in reservation.usages] + refunded

    async def _try(self, call: Call) -> None:
        try:
            await self._store.run(call)
        except ServiceUnavailable:
            log.warning("limits_missed", places=len(call.keys))

    async def _take_in_turn(self, hits: tuple[Hit, ...], patience: float) -> tuple[float, Reservation]:
        tries = 1 + int(patience / _PAUSE_SECONDS)
        while True:
            wait, is_unsettled, reservation = await self._take(hits)
            tries -= 1
            if not (wait and is_unsettled and tries):
                return wait, reservation
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _take(self, hits: tuple[Hit, ...]) -> tuple[float, bool, Reservation]:
        now = "" if self._clock is None else int(self._clock() * 1_000_000)
        names, arguments = _names(hits), list[Argument]([now, self._ids(), len(hits)])
        for hit in hits:
            quota = _quota(hit)
            arguments += [quota.limit, quota.window * 1_000_000, len(names) + 1 if hit.known_as else 0]
            names += _own((hit,))
        wait, entry, unsettled, *state = await self._store.run(Call(_RESERVE, names, arguments))
        states = list(zip(state[::2], state[1::2], strict=True))
        return wait / 1e6, bool(unsettled), Reservation(hits, entry.decode(), _usages(hits, states))

    def _take_locally(self, hits: tuple[Hit, ...]) -> tuple[float, Reservation]:
        entry = self._ids()
        wait, states = self._local.reserve(_names(hits), [_quota(hit) for hit in hits], entry)
        return wait, Reservation(hits, entry, _usages(hits, states), is_local=True)


def _quota(hit: Hit) -> Quota:
    if hit.policy.quota is None:
        raise ValueError(f"the policy {hit.policy.name} is off")
    return hit.policy.quota


def _names(hits: tuple[Hit, ...]) -> list[str]:
    return [keys.limit(hit.policy.name, hit.subject) for hit in hits]


def _own(hits: tuple[Hit, ...]) -> list[str]:
    """For each hit whose caller may be known: the mark of that, and the list that is then its own."""
    known = [hit for hit in hits if hit.known_as]
    kinds = ("known", "own")
    return [keys.limit(f"{hit.policy.name}-{kind}", hit.known_as) for hit in known for kind in kinds]


def _usages(hits: tuple[Hit, ...], states: list[tuple[int, float]]) -> tuple[Usage, ...]:
    """`states`: remaining, and reset in microseconds."""
    pairs = zip(hits, states, strict=True)
    return tuple(Usage(hit.policy.name, _quota(hit), left, reset / 1e6) for hit, (left, reset) in pairs)
