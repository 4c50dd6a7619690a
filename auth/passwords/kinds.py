"""The kinds of password hashes in use, so that every login costs the same.

Imported hashes take more or less time than ours. If only their owners' logins computed them, the duration of a refusal
would reveal who has an account. So every login computes each kind in the table, including logins with unknown names.
"""

import asyncio
import copy
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import structlog
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, get_hasher, identify_hasher
from django.db import Error
from django.db.models import Q

from auth.core.job import Thread
from auth.models import User

log = structlog.get_logger("authgate.passwords")

MOST = 8
"""Kinds that are paid for. An import brings one or two."""
LOOK_SECONDS = 600.0
RETRY_SECONDS = 5.0
WINDOW = 20_000
"""Accounts that one statement looks at."""
_MOST_FOUND = 100
_PARAMETERS = ("iterations", "time_cost", "memory_cost", "work_factor", "block_size", "parallelism", "rounds")
_PREFIX = re.compile(r"\w+\$(?:\d+\$|\$2[abxy]?\$\d+\$|argon2\w*\$(?:v=\d+\$)?m=\d+,t=\d+,p=\d+\$)?", re.ASCII)
"""The prefix of hashes of one kind: PBKDF2 and scrypt, bcrypt, Argon2, or any other."""


@dataclass(frozen=True, slots=True)
class Kind:
    """An algorithm and its cost parameters."""

    algorithm: str
    parameters: tuple[tuple[str, int], ...]

    @classmethod
    def today(cls) -> "Kind":
        """That of new passwords."""
        hasher: Any = get_hasher()
        return cls._of(hasher, {name: getattr(hasher, name) for name in _PARAMETERS if hasattr(hasher, name)})

    @classmethod
    def of(cls, encoded: str) -> "Kind":
        """Raises ValueError if none of our hashers supports it; its text may contain the hash."""
        hasher: Any = identify_hasher(encoded)
        return cls._of(hasher, hasher.decode(encoded))

    @classmethod
    def _of(cls, hasher: Any, values: dict[str, Any]) -> "Kind":
        names = [name for name in _PARAMETERS if hasattr(hasher, name)]
        # What bcrypt's hasher calls rounds, its hashes call work_factor.
        return cls(
            hasher.algorithm, tuple((name, int(values.get(name, values.get("work_factor", 0)))) for name in names)
        )

    @property
    def iterations(self) -> int:
        """For PBKDF2, whose cost is this number; 0: another algorithm."""
        return dict(self.parameters).get("iterations", 0)

    @property
    def family(self) -> Any:
        """Of the kinds of one family, only the most expensive is computed: its work includes the others."""
        return self.algorithm if self.iterations else self

    def without(self, own: "Kind") -> "Kind | None":
        """The remaining work after a hash of `own`, of the same family, has been verified."""
        rest = self.iterations - own.iterations
        return replace(self, parameters=(("iterations", rest),)) if rest > 0 else None

    def spend(self, password: str) -> None:
        """Do the work of a hash of this kind for nothing."""
        hasher = copy.copy(get_hasher(self.algorithm))
        for name, value in self.parameters:
            setattr(hasher, name, value)
        hasher.encode(password, hasher.salt())


class HashKinds:
    """What this worker knows of the table. Hashes that it meets count from then on."""

    thread: ClassVar[Thread] = "cleaner"

    def __init__(self) -> None:
        self._known: tuple[Kind, ...] = ()

    def unpaid(self, own: Kind | None) -> list[Kind]:
        """The work to do besides verifying a hash of the kind `own`; None: no hash was verified."""
        dearest = _dearest([Kind.today(), *self._known])
        if own is not None:
            family = dearest.pop(own.family, own)
            if rest := family.without(own):
                dearest[own.family] = rest
        return list(dearest.values())

    def meet(self, kind: Kind) -> None:
        if kind != Kind.today() and kind not in self._known and len(self._known) < MOST:
            self._known = (*self._known, kind)

    async def run(self) -> None:
        """Scan the table periodically, until cancelled: kinds that are gone are no longer computed."""
        while True:
            pause = LOOK_SECONDS
            try:
                await sync_to_async(self.look)()
            except Error as error:
                log.warning("hash_kinds_unknown", cause=type(error).__name__)
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    def look(self) -> None:
        """Raises the database's Error."""
        found = set()
        for encoded in _examples():
            try:
                found.add(Kind.of(encoded))
            except Exception as error:  # noqa: BLE001  a hasher may raise anything on what it did not make
                log.error("unreadable_password_hash", cause=type(error).__name__)  # noqa: TRY400  may hold the hash
        kinds = sorted(_dearest(found - {Kind.today()}).values(), key=lambda kind: (kind.algorithm, kind.parameters))
        if len(kinds) > MOST:
            log.warning("hash_kinds_ignored", count=len(kinds) - MOST)
        self._known = tuple(kinds[:MOST])


def _dearest(kinds: Iterable[Kind]) -> dict[Any, Kind]:
    """One kind for each family."""
    dearest: dict[Any, Kind] = {}
    for kind in kinds:
        if kind.family not in dearest or kind.iterations > dearest[kind.family].iterations:
            dearest[kind.family] = kind
    return dearest


def _examples() -> Iterator[str]:
    """A hash of each kind in the table. Each statement reads a bounded number of accounts."""
    last, prefixes = 0, [UNUSABLE_PASSWORD_PREFIX]
    found = 0
    while found < _MOST_FOUND and (end := _end_of_window(last)):
        others = Q(pk__gt=last, pk__lte=end)
        for prefix in prefixes:
            others &= ~Q(password__startswith=prefix)
        row = _ACCOUNTS.filter(others).values_list("pk", "password").first()
        if row is None:
            last = end
            continue
        found += 1
        yield row[1]
        if beginning := _PREFIX.match(row[1]):
            prefixes.append(beginning[0])
        else:
            last = row[0]


def _end_of_window(last: int) -> int | None:
    following = _ACCOUNTS.filter(pk__gt=last).values_list("pk", flat=True)
    end: int | None = next(iter(following[WINDOW - 1 : WINDOW]), None) or following.last()
    return end


_ACCOUNTS = User.objects.exclude(password="").order_by("pk")
