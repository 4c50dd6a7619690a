"""Rate limits: which calls, per what, how many, in what time (pure).

`Policies` is the only table of limits. The setting RATE_LIMIT_<NAME>, its documentation and the policy derive from its
lines. Clients see the names in RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_QUOTA = re.compile(r"(\d{1,9})/(?:(\d{1,6}) ?)?(second|minute|hour|day)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` in any `window` seconds."""

    limit: int
    window: int

    @classmethod
    def parse(cls, text: str) -> "Quota | None":
        """`10/minute`, `5/15 minutes`, or `off` (None). Raises ValueError with the expected form."""
        if text.strip().lower() == "off":
            return None
        match = _QUOTA.fullmatch(text.strip().lower())
        if match is None or int(match[1]) == 0 or int(match[2] or 1) == 0:
            raise ValueError("not a quota: write 10/minute, 5/15 minutes, 100/day, or off")
        return cls(limit=int(match[1]), window=int(match[2] or 1) * _SECONDS[match[3]])

    def __str__(self) -> str:
        """In the form that `parse` reads."""
        unit, seconds = next((unit, size) for unit, size in reversed(_SECONDS.items()) if self.window % size == 0)
        count = self.window // seconds
        return f"{self.limit}/{unit}" if count == 1 else f"{self.limit}/{count} {unit}s"


@dataclass(frozen=True, slots=True)
class Policy:
    """A named quota; None: switched off."""

    name: str
    quota: Quota | None


class Usage(NamedTuple):
    """One caller's use of a policy; `reset` is the time in seconds until a slot frees."""

    policy: str
    quota: Quota
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class Limit:
    """A line of the table of limits."""

    default: Quota
    counted: str
    per: str
    note: str = ""

    @property
    def meaning(self) -> str:
        return f"{self.counted}, per {self.per}" + (f"; {self.note}" if self.note else "")


def _limit(default: str, counted: str, *, per: str, note: str = "") -> Any:
    quota = Quota.parse(default)
    assert quota is not None, "a limit is on by default"  # noqa: S101  of a line below
    return field(metadata={"limit": Limit(quota, counted, per, note)})


@dataclass(frozen=True, slots=True)
class Policies:
    """Every limit of the server."""

    login: Policy = _limit("10/minute", "failed logins", per="account and address")
    login_address: Policy = _limit("60/minute", "failed logins, over all accounts", per="address")
    login_account: Policy = _limit(
        "100/day",
        "failed logins, over all addresses",
        per="account",
        note="an address that logged in to the account within 90 days has this quota to itself, and is not affected by"
        " attempts on other names from it",
    )
    register: Policy = _limit("20/hour", "registrations", per="address")
    refresh: Policy = _limit("60/minute", "refreshes", per="session")
    refresh_address: Policy = _limit("300/minute", "refreshes", per="address")
    change_password: Policy = _limit(
        "5/15 minutes", "wrong old passwords", per="session", note="over it, the session ends"
    )
    ending: Policy = _limit(
        "60/minute",
        "calls that end something (logout, both ways to end sessions, change-password), each kind separately",
        per="session",
        note="they do not count against `RATE_LIMIT_API`",
    )
    mail_address: Policy = _limit(
        "20/hour", "requested messages", per="address", note="password resets and verifications together"
    )
    mail_account: Policy = _limit(
        "5/hour", "requested messages", per="e-mail address", note="whether or not an account has it"
    )
    mail_confirm: Policy = _limit(
        "60/hour", "invalid tokens from messages", per="address", note="valid ones count per account"
    )
    ws_ticket: Policy = _limit("60/minute", "WebSocket tickets", per="user")
    api: Policy = _limit("1200/minute", "authenticated calls, except those that end something", per="user")
    introspect: Policy = _limit(
        "6000/minute",
        "calls of `/api/oauth`",
        per="service client",
        note="revocations count separately, with the same quota",
    )
    docs: Policy = _limit("120/minute", "documentation pages and schemas", per="address")
    trusted_caller: Policy = _limit(
        "6000/minute",
        "failed logins, registrations, refreshes, messages and tokens from messages, each kind separately",
        per="service client that sends `Authgate-Client`",
        note="instead of the limits per address",
    )

    @classmethod
    def of(cls, quotas: Mapping[str, Quota | None]) -> "Policies":
        """One policy per line; its public name has dashes instead of underscores."""
        return cls(**{name: Policy(name.replace("_", "-"), quotas[name]) for name in LIMITS})


def variable_of(limit: str) -> str:
    """The setting for the quota of a limit."""
    return f"RATE_LIMIT_{limit.upper()}"


LIMITS: Mapping[str, Limit] = {line.name: line.metadata["limit"] for line in fields(Policies)}
