"""The long-lived objects that use cases work with, made once by app/wiring.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from auth.audit.last_used import LastUsedWriter
from auth.audit.recorder import Recorder
from auth.clients.registry import ServiceClients
from auth.config import AuthSettings
from auth.core.database_clock import DatabaseClock
from auth.email.queue import MailQueue
from auth.email.tokens import EmailVerificationTokens, PasswordResetTokens
from auth.passwords.breaches import BreachCheck
from auth.passwords.pool import PasswordPool
from auth.ratelimit.limiter import Limits
from auth.revocation.feed.readers import FeedReaders
from auth.revocation.log import RevocationLog
from auth.revocation.revoker import Revoker
from auth.signing_keys.watcher import KeyDirectoryWatcher
from auth.stores.client import RedisStore
from auth.stores.principals import PrincipalCache
from auth.tokens import AccessTokens, RefreshTokens
from auth.tokens.cache import VerifiedTokenCache


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: AuthSettings
    keyring: KeyDirectoryWatcher
    access_tokens: AccessTokens
    verified_tokens: VerifiedTokenCache
    refresh_tokens: RefreshTokens
    reset_tokens: PasswordResetTokens
    verification_tokens: EmailVerificationTokens
    store: RedisStore
    principals: PrincipalCache
    limits: Limits
    passwords: PasswordPool
    breaches: BreachCheck
    revocations: RevocationLog
    revoker: Revoker
    feed_readers: FeedReaders
    recorder: Recorder
    mail_queue: MailQueue
    service_clients: ServiceClients
    activity: LastUsedWriter
    database_clock: DatabaseClock
    clock: Callable[[], datetime]
    """Aware, in UTC."""
