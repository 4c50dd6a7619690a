"""Logout: ends the whole session, access and refresh tokens alike."""

from uuid import UUID

from auth.caller import Caller
from auth.models import SecurityEvent
from auth.principal import Principal
from auth.runtime import Runtime
from auth.tokens import RefreshTokens
from auth.tokens.errors import TokenRefused


async def log_out(runtime: Runtime, principal: Principal, *, refresh_token: str | None, caller: Caller) -> None:
    """End the principal's session, and that of the refresh token in the body if it belongs to the same account.

    Raises the database's Error: then the session is still live.
    """
    sids = {UUID(principal.sid)} | _session_of(runtime.refresh_tokens, principal, refresh_token)
    await runtime.revoker.revoke_sessions(principal.user_id, sids, reason="logout", token=principal.claims)
    runtime.recorder.event(SecurityEvent.Type.LOGOUT, caller=caller, user_id=principal.user_id)


def _session_of(tokens: RefreshTokens, principal: Principal, refresh_token: str | None) -> set[UUID]:
    """Nobody can name another account's session (RFC 7009 §2.1); what is no token of ours changes nothing (§2.2)."""
    if refresh_token is None:
        return set()
    try:
        claims = tokens.verify(refresh_token)
    except TokenRefused:
        return set()
    return {UUID(claims.session)} if claims.subject == principal.user_id else set()
