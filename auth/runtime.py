"""The long-lived objects that every use case works with: made once a process, by app/wiring.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from auth.config import AuthSettings
from auth.passwords import PasswordPool
from auth.recorder import Recorder
from auth.revocation_log import RevocationLog
from auth.stores.limits import Limits
from auth.stores.principals import PrincipalCache
from auth.stores.redis_store import RedisStore
from auth.tokens import AccessTokens, RefreshTokens


@dataclass(frozen=True, slots=True)
class Runtime:
    settings: AuthSettings
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    store: RedisStore
    principals: PrincipalCache
    limits: Limits
    passwords: PasswordPool
    revocations: RevocationLog
    recorder: Recorder
    clock: Callable[[], datetime]
    """Aware, in UTC."""
