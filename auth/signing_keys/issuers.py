"""The objects that issue and verify tokens, made from the settings."""

from collections.abc import Callable

from auth.config import AuthSettings, TokenSettings
from auth.signing_keys.watcher import KeyDirectoryWatcher
from auth.tokens import AccessTokens, RefreshTokens
from auth.tokens.refresh import RefreshKey


def access_tokens(
    settings: TokenSettings,
    keyring: KeyDirectoryWatcher,
    *,
    clock: Callable[[], float],
    token_ids: Callable[[], str],
    jitter: Callable[[], float],
) -> AccessTokens:
    return AccessTokens(
        keys=keyring.current,
        issuer=settings.issuer,
        audience=settings.audience,
        client_id=settings.client_id,
        lifetime=settings.access_lifetime,
        leeway=settings.leeway,
        clock=clock,
        token_ids=token_ids,
        jitter=jitter,
    )


def refresh_tokens(settings: AuthSettings, *, clock: Callable[[], float]) -> RefreshTokens:
    return RefreshTokens(
        keys=[RefreshKey.derive(secret) for secret in settings.refresh_secrets],
        issuer=settings.issuer,
        idle_lifetime=settings.refresh_idle_lifetime,
        leeway=settings.leeway,
        clock=clock,
    )
