"""What the domain needs to know from the settings: one frozen value, typed and with units (pure)."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from auth.policies import Policies
from auth.tokens.keys import Algorithm


@dataclass(frozen=True, slots=True)
class AuthSettings:
    issuer: str
    audience: str
    client_id: str
    """The OAuth client that our own login stands for (RFC 9068 §2.2 requires the claim)."""
    algorithm: Algorithm
    keys_dir: Path
    hmac_secret: bytes = field(repr=False)
    """Signs access tokens when `algorithm` is HS256; else unused."""
    refresh_secrets: tuple[bytes, ...] = field(repr=False)
    """Refresh keys are derived from these; the first signs, all verify."""
    access_lifetime: timedelta
    refresh_idle_lifetime: timedelta
    session_lifetime: timedelta
    rotation_grace: timedelta
    leeway: timedelta
    email_claim: bool
    device_claims: bool
    redis_url: str
    redis_timeout: timedelta
    policies: Policies
    hash_threads: int
    hash_queue: int
    """Hashes that may wait or run at once; more are refused with 503."""
    retention: timedelta
    """How long login history and security events are kept."""
