"""Token revocation by a service (RFC 7009): either token ends the session."""

from uuid import UUID

from auth.caller import Caller
from auth.models import SecurityEvent
from auth.runtime import Runtime
from auth.tokens import AccessClaims, RefreshClaims
from auth.tokens.errors import TokenRefused


async def revoke_token(runtime: Runtime, raw: str, *, client_id: str, caller: Caller) -> None:
    """End the session of one of our tokens; any other token is ignored without an error (RFC 7009 §2.2).

    Raises the database's Error: then the session is still live.
    """
    claims = _claims(runtime, raw)
    if claims is None:
        return
    token = claims if isinstance(claims, AccessClaims) else None
    sids = [UUID(claims.session)]
    await runtime.revoker.revoke_sessions(claims.subject, sids, reason="token_revoked", token=token)
    details = {"sid": claims.session, "client_id": client_id}
    runtime.recorder.event(SecurityEvent.Type.TOKEN_REVOKED, caller=caller, user_id=claims.subject, details=details)


def _claims(runtime: Runtime, raw: str) -> AccessClaims | RefreshClaims | None:
    for verify in (runtime.access_tokens.verify, runtime.refresh_tokens.verify):
        try:
            return verify(raw)
        except TokenRefused:
            continue
    return None
