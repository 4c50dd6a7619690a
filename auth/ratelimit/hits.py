"""Uses of a limit, and the Redis lists that count them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from auth.caller import Caller
from auth.core.policies import Policy, Quota
from auth.stores import key_names


@dataclass(frozen=True, slots=True)
class Hit:
    """One use of a limit: its policy and its subject.

    `trusted_key`: once a caller has succeeded under this name, others cannot use up its quota. It then counts on its
    `own` lists; or it is `spared`: it counts with all others, but this limit never refuses it.
    `is_reported`: whether a failing caller may see the usage of the limit. Not if the subject is more than it sent.
    """

    policy: Policy
    subject: str
    trusted_key: str = ""
    once_trusted: Literal["own", "spared"] = "own"
    is_reported: bool = True

    @property
    def quota(self) -> Quota:
        if self.policy.quota is None:
            raise ValueError(f"the policy {self.policy.name} is off")
        return self.policy.quota

    @property
    def name(self) -> str:
        """Of the list of slots that count."""
        return key_names.limit(self.policy.name, self.subject)

    @property
    def lists(self) -> tuple[str, str]:
        """The confirmed slots, and the pending ones."""
        return self.name, key_names.limit(f"{self.policy.name}-open", self.subject)

    @property
    def trusted_lists(self) -> tuple[str, ...]:
        """The same for a trusted caller alone, if it would have some."""
        if not self.trusted_key or self.once_trusted != "own":
            return ()
        return tuple(key_names.limit(f"{self.policy.name}-{kind}", self.trusted_key) for kind in ("own", "own-open"))

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Whichever lists a slot may be on."""
        yield self.lists
        if self.trusted_lists:
            counted, open_ = self.trusted_lists
            yield counted, open_


def by_address(policy: Policy, caller: Caller, *, trusted: Policy, trusted_key: str = "") -> Hit:
    """A use of `policy` by the caller's address; a service client that named itself uses its own quota instead.

    One quota per policy: a caller that waits for slots of logins must not wait for those of other calls.
    """
    if caller.client_id and policy.quota:
        return Hit(trusted, f"{policy.name} {caller.client_id}", trusted_key, "spared")
    return Hit(policy, caller.network, trusted_key, "spared")


def marks(hits: Iterable[Hit]) -> list[str]:
    """The keys that mark these callers as known, without duplicates."""
    return list(dict.fromkeys(_mark(hit) for hit in hits if hit.trusted_key))


def reserve_arguments(hits: Sequence[Hit]) -> tuple[list[str], list[int]]:
    """For reserve.lua: all names, and for each hit quota, window, index of its mark, and index of its own lists."""
    names = [name for hit in hits for name in hit.lists]
    numbers: list[int] = []
    for hit in hits:
        further = [_mark(hit), *hit.trusted_lists] if hit.trusted_key else []
        mark = len(names) + 1 if further else 0
        own = mark + 1 if hit.trusted_lists else 0
        numbers += [hit.quota.limit, hit.quota.window * 1_000_000, mark, own]
        names += further
    return names, numbers


def _mark(hit: Hit) -> str:
    return key_names.limit("known", hit.trusted_key)
