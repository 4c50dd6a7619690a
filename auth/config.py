"""The domain's settings: frozen groups, typed and with units (pure).

A field with `setting(...)` is declared here alone. The others are made from several variables, in settings/auth.py.
Take the group that you need: AuthSettings is all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from auth.core.policies import Policies
from auth.core.setting import Days, Name, Natural, Positive, Text, duration, setting
from auth.tokens.keys import Algorithm


@dataclass(frozen=True, slots=True)
class TokenMail:
    """Messages with a token: how long it is good, and the frontend's page that takes it (empty: none does)."""

    lifetime: timedelta
    page: str


@dataclass(frozen=True, kw_only=True)
class KeySettings:
    algorithm: Algorithm
    keys_dir: Path
    private_keys: bytes = field(repr=False)
    """PEM blocks: the first signs, all verify. Empty: the keys are those in `keys_dir`."""
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
        "`client_id` of access tokens: the OAuth client that the login itself stands for",
        kind=Name,
    )
    access_lifetime: timedelta = duration(
        "JWT_ACCESS_TOKEN_EXPIRE_MINUTES",
        15,
        "minutes that an access token lives; each token's life is cut by up to 5 percent at random",
        kind=Annotated[int, Field(gt=0, le=1440)],
        unit="minutes",
    )
    refresh_idle_lifetime: timedelta = duration(
        "JWT_REFRESH_TOKEN_EXPIRE_DAYS", 7, "days that a session may go without a refresh", kind=Days, unit="days"
    )
    session_lifetime: timedelta = duration(
        "JWT_SESSION_EXPIRE_DAYS", 90, "days after which a session ends, whatever its use", kind=Days, unit="days"
    )
    rotation_grace: timedelta = duration(
        "JWT_ROTATION_GRACE_SECONDS",
        10,
        "seconds in which a refresh token that was just rotated returns the same successor again;"
        " even if the successor has been used; 0: never",
        kind=Natural,
        unit="seconds",
    )
    lost_answer_retry: timedelta = duration(
        "JWT_LOST_ANSWER_RETRY_SECONDS",
        600,
        "seconds in which the previous refresh token returns the same successor while neither that nor an access token"
        " of its generation has been used; 0: the grace alone; see [lost answers](#lost-answers)",
        kind=Natural,
        unit="seconds",
    )
    leeway: timedelta = duration(
        "JWT_LEEWAY_SECONDS",
        30,
        "seconds by which the clock of an issuing host may run ahead; never lengthens a token's life",
        kind=Annotated[int, Field(ge=0, le=60)],
        unit="seconds",
    )
    verified_tokens: int = setting(
        "JWT_VERIFIED_TOKENS",
        10_000,
        "access tokens of which a worker remembers that their signature is good; 0: none",
        kind=Natural,
    )
    email_claim: bool = setting(
        "JWT_EMAIL_CLAIM",
        default=False,
        meaning="whether access tokens carry `email`, which its holder can read",
    )
    device_claims: bool = setting(
        "JWT_DEVICE_CLAIMS", default=False, meaning="whether access tokens carry `ip_address` and `user_agent`"
    )
    claims_hook: str = setting(
        "JWT_CLAIMS_HOOK",
        "",
        "dotted path of your own function `(user, session)` that returns further claims; see [own claims](#own-claims)",
        kind=Text,
    )


@dataclass(frozen=True, kw_only=True)
class PasswordSettings:
    breach_url: str
    """Range API that is asked whether a new password has been stolen; empty: none."""
    hash_threads: int = setting(
        "PASSWORD_HASH_THREADS",
        0,
        "hashes at a time in one worker, 19 MiB each; 0: of the cores that affinity and cgroup quota leave, all but"
        " one, shared by `WORKERS`: at least 1, at most 8. Imported hashes take the memory that they ask for"
        " ([operations.md](operations.md#imported-accounts))",
        kind=Natural,
    )
    hash_queue: int = setting(
        "PASSWORD_HASH_QUEUE",
        256,
        "hashes that may run or wait in one worker; further ones are answered 503, and so is a caller that would wait"
        " for more than 10 seconds",
        kind=Positive,
    )


@dataclass(frozen=True, kw_only=True)
class RedisSettings:
    redis_url: str
    redis_timeout: timedelta = duration(
        "REDIS_TIMEOUT_MS",
        500,
        "milliseconds to wait for Redis before a call goes on without it",
        kind=Positive,
        unit="milliseconds",
    )
    redis_client: Literal["multiplexed", "redis-py"] = setting(
        "REDIS_CLIENT",
        "multiplexed",
        "`multiplexed` (one connection for all calls of a worker) or `redis-py`; that is the library's own pool, to"
        " fall back on",
        kind=Literal["multiplexed", "redis-py"],
    )


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    reset_mail: TokenMail
    """For a new password."""
    verification_mail: TokenMail
    """For the proof that an e-mail address is the account's own."""
    verifies_email: bool = setting(
        "EMAIL_VERIFICATION",
        "off",
        "`on`: a registration sends the message that verifies the address; `off`: accounts ask for it",
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
        "readers of the revocation feed that one worker takes; more are answered 503",
        kind=Positive,
    )
    verify_cache_seconds: int = setting(
        "VERIFY_CACHE_SECONDS",
        0,
        "seconds that a proxy may go by an answer of `GET /api/auth/verify`; with 1, a revoked token may pass"
        " for a second longer",
        kind=Annotated[int, Field(ge=0, le=1)],
    )


@dataclass(frozen=True, kw_only=True)
class HistorySettings:
    retention: timedelta = duration(
        "HISTORY_RETENTION_DAYS",
        365,
        "days that login history and security events are kept",
        kind=Days,
        unit="days",
    )


@dataclass(frozen=True, kw_only=True)
class AuthSettings(
    KeySettings, TokenSettings, PasswordSettings, RedisSettings, MailSettings, ServiceSettings, HistorySettings
):
    allowed_origins: frozenset[str]
    """Origins whose pages may use cookie mode, beside the server's own."""
    policies: Policies
    workers: int
    """How many share the quotas; each gets its part while Redis is away."""
