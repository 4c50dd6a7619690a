"""The domain's settings: frozen groups, typed and with units (pure).

A field with `setting(...)` is declared only here. The others are computed from several variables, in settings/auth.py.
Use the group that you need; AuthSettings is all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from auth.core.policies import Policies
from auth.core.setting import Days, Name, Natural, Positive, RunName, Text, duration, setting
from auth.tokens.keys import Algorithm


@dataclass(frozen=True, slots=True)
class TokenMail:
    """Messages with a token: its lifetime, and the frontend page that receives it (empty: none)."""

    lifetime: timedelta
    page: str


@dataclass(frozen=True, kw_only=True)
class KeySettings:
    algorithm: Algorithm
    keys_dir: Path
    private_keys: bytes = field(repr=False)
    """PEM blocks: the first signs, all verify. Empty: the keys in `keys_dir` are used."""
    hmac_secrets: tuple[bytes, ...] = field(repr=False)
    """Used when `algorithm` is HS256: the first signs, all verify."""
    refresh_secrets: tuple[bytes, ...] = field(repr=False)
    """Refresh keys are derived from these; the first signs, all verify."""


@dataclass(frozen=True, kw_only=True)
class TokenSettings:
    issuer: str
    audience: str = setting("JWT_AUDIENCE", "authgate", "`aud` of access tokens", kind=Name)
    client_id: str = setting(  # RFC 9068 §2.2 requires the claim
        "JWT_CLIENT_ID",
        "first-party",
        "`client_id` of access tokens: the OAuth client that logins through this API belong to",
        kind=Name,
    )
    access_lifetime: timedelta = duration(
        "JWT_ACCESS_TOKEN_EXPIRE_MINUTES",
        15,
        "lifetime of access tokens in minutes; each token's lifetime is shortened by up to 5 percent at random",
        kind=Annotated[int, Field(gt=0, le=1440)],
        unit="minutes",
    )
    refresh_idle_lifetime: timedelta = duration(
        "JWT_REFRESH_TOKEN_EXPIRE_DAYS", 7, "days after which a session ends without a refresh", kind=Days, unit="days"
    )
    session_lifetime: timedelta = duration(
        "JWT_SESSION_EXPIRE_DAYS", 90, "days after which a session ends in any case", kind=Days, unit="days"
    )
    rotation_grace: timedelta = duration(
        "JWT_ROTATION_GRACE_SECONDS",
        10,
        "seconds during which the previous refresh token returns the same successor again, even if the successor has"
        " been used; 0: never",
        kind=Natural,
        unit="seconds",
    )
    lost_answer_retry: timedelta = duration(
        "JWT_LOST_ANSWER_RETRY_SECONDS",
        600,
        "seconds during which the previous refresh token returns the same successor, as long as neither the successor"
        " nor an access token of its generation has been used; 0: the grace only; see [lost"
        " responses](#lost-responses)",
        kind=Natural,
        unit="seconds",
    )
    leeway: timedelta = duration(
        "JWT_LEEWAY_SECONDS",
        30,
        "seconds by which the clock of an issuing host may be ahead; never extends a token's lifetime",
        kind=Annotated[int, Field(ge=0, le=60)],
        unit="seconds",
    )
    verified_tokens: int = setting(
        "JWT_VERIFIED_TOKENS",
        10_000,
        "access tokens whose verified signature each worker caches; 0: none",
        kind=Natural,
    )
    email_claim: bool = setting(
        "JWT_EMAIL_CLAIM",
        default=False,
        meaning="whether access tokens carry `email`, which anyone who holds the token can read",
    )
    device_claims: bool = setting(
        "JWT_DEVICE_CLAIMS", default=False, meaning="whether access tokens carry `ip_address` and `user_agent`"
    )
    claims_hook: str = setting(
        "JWT_CLAIMS_HOOK",
        "",
        "dotted path of your own function `(user, session)` that returns custom claims; see"
        " [custom claims](#custom-claims)",
        kind=Text,
    )


@dataclass(frozen=True, kw_only=True)
class PasswordSettings:
    breach_url: str
    """Range API that tells whether a new password is known as stolen; empty: no check."""
    hash_threads: int = setting(
        "PASSWORD_HASH_THREADS",
        0,
        "concurrent hashes per worker, 19 MiB each; 0: all but one of the cores that affinity and cgroup quota allow,"
        " divided by `WORKERS`, at least 1 and at most 8. Imported hashes may need more memory"
        " ([operations.md](operations.md#imported-accounts))",
        kind=Natural,
    )
    hash_queue: int = setting(
        "PASSWORD_HASH_QUEUE",
        256,
        "hashes that may run or wait per worker; beyond that, and for waits of more than 10 seconds, calls get 503",
        kind=Positive,
    )


@dataclass(frozen=True, kw_only=True)
class RedisSettings:
    redis_url: str
    redis_timeout: timedelta = duration(
        "REDIS_TIMEOUT_MS",
        500,
        "milliseconds to wait for Redis before a call continues without it",
        kind=Positive,
        unit="milliseconds",
    )
    redis_client: Literal["multiplexed", "redis-py"] = setting(
        "REDIS_CLIENT",
        "multiplexed",
        "`multiplexed` (one connection for all calls of a worker) or `redis-py`; the latter, the library's own pool,"
        " is a fallback",
        kind=Literal["multiplexed", "redis-py"],
    )


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    reset_mail: TokenMail
    """For password resets."""
    verification_mail: TokenMail
    """For the verification of e-mail addresses."""
    verifies_email: bool = setting(
        "EMAIL_VERIFICATION",
        "off",
        "`on`: registration sends the message that verifies the address; `off`: accounts request it",
        kind=Literal["off", "on"],
        convert=lambda value: value == "on",
    )


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    service_clients: Mapping[str, str] = field(repr=False)
    """Client id to SHA-256 of its secret, beside those in the database."""
    feed_readers: int = setting(
        "FEED_READERS",
        100,
        "readers of the revocation feed per worker; further ones get 503",
        kind=Positive,
    )
    verify_cache_seconds: int = setting(
        "VERIFY_CACHE_SECONDS",
        0,
        "seconds that a proxy may cache a response of `GET /api/auth/verify`; with 1, a revoked token may be accepted"
        " for one second longer",
        kind=Annotated[int, Field(ge=0, le=1)],
    )


@dataclass(frozen=True, kw_only=True)
class HistorySettings:
    retention: timedelta = duration(
        "HISTORY_RETENTION_DAYS",
        365,
        "days for which login history and security events are kept",
        kind=Days,
        unit="days",
    )


@dataclass(frozen=True, kw_only=True)
class LoadSettings:
    load_test: str = setting(
        "LOAD_TEST",
        "",
        "the load test that may be seeded in production; a server that runs with it logs `load_test_allowed` each"
        " minute. Other environments need it for nothing; see [load testing](load-testing.md#production)",
        kind=RunName,
    )


@dataclass(frozen=True, kw_only=True)
class AuthSettings(
    KeySettings,
    TokenSettings,
    PasswordSettings,
    RedisSettings,
    MailSettings,
    ServiceSettings,
    HistorySettings,
    LoadSettings,
):
    allowed_origins: frozenset[str]
    """Origins whose pages may use cookie mode, besides the server's own."""
    policies: Policies
    workers: int
    """How many workers share the quotas; each gets an equal part while Redis is unavailable."""
