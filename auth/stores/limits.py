"""Rate limits: take a place before the work, give it back when it should not count."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from auth.caller import Caller
from auth.errors import RateLimited
from auth.policies import Policy, Usage
from auth.stores import keys
from auth.stores.redis_store import Call, RedisStore, Script

_RESERVE = Script.load("reserve")
_REFUND = Script.load("refund")


@dataclass(frozen=True, slots=True)
class Hit:
    """One use of something limited: which policy, and of whom."""

    policy: Policy
    subject: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """Places taken under one entry; no names: no policy was on."""

    names: tuple[str, ...]
    entry: str
    usages: tuple[Usage, ...]


class Limits:
    """`ids` makes each reservation distinct; `clock` (Unix seconds) is Redis' own unless given."""

    def __init__(self, store: RedisStore, *, ids: Callable[[], str], clock: Callable[[], float] | None = None) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock

    async def reserve(self, caller: Caller, *hits: Hit) -> Reservation:
        """Take a place under every policy that is on, or under none, and note in `caller` how each stands.

        Raises RateLimited, ServiceUnavailable.
        """
        limited = [(hit, quota) for hit in hits if (quota := hit.policy.quota)]
        if not limited:
            return Reservation((), "", ())
        names = tuple(keys.limit(hit.policy.name, hit.subject) for hit, _ in limited)
        quotas = [number for _, quota in limited for number in (quota.limit, quota.window * 1_000_000)]
        now = "" if self._clock is None else int(self._clock() * 1_000_000)
        wait, entry, *state = await self._store.run(Call(_RESERVE, names, [now, self._ids(), *quotas]))
        pairs = zip(limited, state[::2], state[1::2], strict=True)
        usages = [Usage(hit.policy.name, quota, left, reset / 1e6) for (hit, quota), left, reset in pairs]
        caller.usages += usages
        if wait:
            raise RateLimited(wait / 1_000_000)
        return Reservation(names, entry.decode(), tuple(usages))

    async def refund(self, caller: Caller, reservation: Reservation) -> None:
        """Give the places back, in `caller`'s report too. Raises ServiceUnavailable."""
        if not reservation.names:
            return
        await self._store.run(Call(_REFUND, reservation.names, [reservation.entry]))
        refunded = [replace(usage, remaining=usage.remaining + 1) for usage in reservation.usages]
        caller.usages[:] = [usage for usage in caller.usages if usage not in reservation.usages] + refunded
