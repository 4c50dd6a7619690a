"""The long-lived objects that every use case works with: made once a process, by app/wiring.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from auth.activity import Activity
from auth.breaches import BreachCheck
from auth.config import AuthSettings
from auth.email_tokens import EmailVerificationTokens, PasswordResetTokens
from auth.feed_readers import FeedReaders
from auth.keyring import Keyring
from auth.outbox import Outbox
from auth.passwords import PasswordPool
from auth.recorder import Recorder
from auth.revocation_log import RevocationLog
from auth.service_clients import ServiceClients
from auth.shared_clock import SharedClock
from auth.stores.limits import Limits
from auth.stores.principals import PrincipalCache
from auth.stores.redis_store import RedisStore
from auth.tokens import AccessTokens, RefreshTokens
from auth.tokens.verified import VerifiedTokens


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: AuthSettings
    keyring: Keyring
    access_tokens: AccessTokens
    verified_tokens: VerifiedTokens
    refresh_tokens: RefreshTokens
    reset_tokens: PasswordResetTokens
    verification_tokens: EmailVerificationTokens
    store: RedisStore
    principals: PrincipalCache
    limits: Limits
    passwords: PasswordPool
    breaches: BreachCheck
    revocations: RevocationLog
    feed_readers: FeedReaders
    recorder: Recorder
    outbox: Outbox
    service_clients: ServiceClients
    activity: Activity
    sightings: Activity
    """Tokens that services showed us: no use of a session, and yet their generation has been seen."""
    shared_clock: SharedClock
    clock: Callable[[], datetime]
    """Aware, in UTC."""
