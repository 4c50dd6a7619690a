"""Uses of what is limited, and the lists in Redis that count them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from auth.caller import Caller
from auth.core.policies import Policy, Quota
from auth.stores import key_names


@dataclass(frozen=True, slots=True)
class Hit:
    """One use of something limited: which policy, and of whom.

    `known_as`: once a caller has succeeded under this name, nobody else can use its quota up. It is then counted on
    lists of its `own`; or it is `spared`: counted with all others, and never refused by this limit.
    `is_told`: whether a caller that fails may read how the limit stands. Not where the subject is more than it sent.
    """

    policy: Policy
    subject: str
    known_as: str = ""
    once_known: Literal["own", "spared"] = "own"
    is_told: bool = True

    @property
    def quota(self) -> Quota:
        if self.policy.quota is None:
            raise ValueError(f"the policy {self.policy.name} is off")
        return self.policy.quota

    @property
    def name(self) -> str:
        """Of the list of places that count."""
        return key_names.limit(self.policy.name, self.subject)

    @property
    def lists(self) -> tuple[str, str]:
        """The places that count, and those whose outcome is open."""
        return self.name, key_names.limit(f"{self.policy.name}-open", self.subject)

    @property
    def own_lists(self) -> tuple[str, ...]:
        """The same for a known caller alone, if it would have some."""
        if not self.known_as or self.once_known != "own":
            return ()
        return tuple(key_names.limit(f"{self.policy.name}-{kind}", self.known_as) for kind in ("own", "own-open"))

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Whichever lists a place may be on."""
        yield self.lists
        if self.own_lists:
            counted, open_ = self.own_lists
            yield counted, open_


def by_address(policy: Policy, caller: Caller, *, trusted: Policy, known_as: str = "") -> Hit:
    """A use of `policy` by the caller's address; a service client that named itself uses its own quota instead.

    One quota for each policy: whoever waits for places of logins must not wait for those of other calls.
    """
    if caller.client_id and policy.quota:
        return Hit(trusted, f"{policy.name} {caller.client_id}", known_as, "spared")
    return Hit(policy, caller.network, known_as, "spared")


def marks(hits: Iterable[Hit]) -> list[str]:
    """What says that these callers are known, once each."""
    return list(dict.fromkeys(_mark(hit) for hit in hits if hit.known_as))


def places_of(hits: Sequence[Hit]) -> tuple[list[str], list[int]]:
    """For reserve.lua: all names, and for each hit quota, window, place of its mark, and place of its own lists."""
    names = [name for hit in hits for name in hit.lists]
    numbers: list[int] = []
    for hit in hits:
        further = [_mark(hit), *hit.own_lists] if hit.known_as else []
        mark = len(names) + 1 if further else 0
        own = mark + 1 if hit.own_lists else 0
        numbers += [hit.quota.limit, hit.quota.window * 1_000_000, mark, own]
        names += further
    return names, numbers


def _mark(hit: Hit) -> str:
    return key_names.limit("known", hit.known_as)
