"""Rate-limit policies: which call, per what, how many, how long (pure).

The names are what clients read in RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10).
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_QUOTA = re.compile(r"(\d{1,9})/(?:(\d{1,6}) ?)?(second|minute|hour|day)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` in any `window` seconds."""

    limit: int
    window: int

    @classmethod
    def parse(cls, text: str) -> "Quota | None":
        """`10/minute`, `5/15 minutes`, or `off` (None). Raises ValueError saying what is expected."""
        if text.strip().lower() == "off":
            return None
        match = _QUOTA.fullmatch(text.strip().lower())
        if match is None or int(match[1]) == 0 or int(match[2] or 1) == 0:
            raise ValueError("not a quota: write 10/minute, 5/15 minutes, 100/day, or off")
        return cls(limit=int(match[1]), window=int(match[2] or 1) * _SECONDS[match[3]])


@dataclass(frozen=True, slots=True)
class Policy:
    """A named quota; None means that it is switched off."""

    name: str
    quota: Quota | None


class Usage(NamedTuple):
    """How a policy stands for one caller; `reset` in seconds until a place frees."""

    policy: str
    quota: Quota
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class Policies:
    """Every limit of the server, in one place."""

    login: Policy
    """Failed logins per (address, account)."""
    login_address: Policy
    """Failed logins per address over all accounts."""
    login_account: Policy
    """Failed logins per account over all addresses."""
    register: Policy
    """Registrations per address."""
    refresh: Policy
    """Refreshes per session."""
    refresh_address: Policy
    """Refreshes per address."""
    change_password: Policy
    """Wrong old passwords per session."""
    ending: Policy
    """Calls that end something, each kind per session: what else is called uses none of it up."""
    mail_address: Policy
    """Messages asked for per address."""
    mail_account: Policy
    """Messages asked for per account, or per e-mail address that nobody has."""
    mail_confirm: Policy
    """Tokens from messages tried per address."""
    ws_ticket: Policy
    """Tickets for sockets per user."""
    api: Policy
    """Authenticated calls per user."""
    introspect: Policy
    """Calls of /api/oauth per service client."""
    docs: Policy
    """Pages of documentation per address."""
    trusted_caller: Policy
    """Of a service client that names itself, each of what is otherwise limited per address: per client."""
