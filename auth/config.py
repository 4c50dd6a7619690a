"""What the domain needs to know from the settings: one frozen value, typed and with units (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from auth.core.policies import Policies
from auth.tokens.keys import Algorithm


@dataclass(frozen=True, slots=True)
class TokenMail:
    """Messages with a token: how long it is good, and the frontend's page that takes it (empty: none does)."""

    lifetime: timedelta
    page: str


@dataclass(frozen=True, slots=True)
class AuthSettings:
    issuer: str
    audience: str
    client_id: str
    """The OAuth client that our own login stands for (RFC 9068 §2.2 requires the claim)."""
    algorithm: Algorithm
    keys_dir: Path
    private_keys: bytes = field(repr=False)
    """PEM blocks: the first signs, all verify. Empty: the keys are those in `keys_dir`."""
    hmac_secrets: tuple[bytes, ...] = field(repr=False)
    """Used when `algorithm` is HS256: the first signs, all verify."""
    refresh_secrets: tuple[bytes, ...] = field(repr=False)
    """Refresh keys are derived from these; the first signs, all verify."""
    access_lifetime: timedelta
    refresh_idle_lifetime: timedelta
    session_lifetime: timedelta
    rotation_grace: timedelta
    lost_answer_retry: timedelta
    """How long the previous refresh token is still good while its successor has not been seen; zero: never longer."""
    leeway: timedelta
    email_claim: bool
    device_claims: bool
    claims_hook: str
    """Dotted path of a function (user, session) -> extra claims; empty: none."""
    allowed_origins: frozenset[str]
    """Origins whose pages may use cookie mode, beside the server's own."""
    redis_url: str
    redis_timeout: timedelta
    redis_client: Literal["multiplexed", "redis-py"]
    verified_tokens: int
    """How many verified access tokens a worker remembers; 0: none."""
    policies: Policies
    workers: int
    """How many share the quotas; each gets its part while Redis is away."""
    hash_threads: int
    hash_queue: int
    """Hashes that may wait or run at once; more are refused with 503."""
    service_clients: Mapping[str, str] = field(repr=False)
    """Client id to SHA-256 of its secret, beside those in the database."""
    feed_readers: int
    """Open streams of the revocation feed that a worker takes."""
    verify_cache_seconds: int
    """How long a proxy may go by an answer of GET /api/auth/verify; 0: it asks for every request."""
    breach_url: str
    """Range API that is asked whether a new password has been stolen; empty: none."""
    reset_mail: TokenMail
    """For a new password."""
    verification_mail: TokenMail
    """For the proof that an e-mail address is the account's own."""
    verifies_email: bool
    """Whether a registration sends the message that verifies the address."""
    retention: timedelta
    """How long login history and security events are kept."""
