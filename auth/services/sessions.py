"""Starting a session, and the token pair that stands for a place in its rotation."""

from dataclasses import dataclass, field
from typing import Any

from auth import profile
from auth.caller import Caller
from auth.models import Session, User
from auth.runtime import Runtime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """`expires_in` is the access token's life in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class Login:
    """What a login or a registration yields."""

    pair: TokenPair
    user: dict[str, Any] = field(repr=False)


def new_session(runtime: Runtime, user: User, caller: Caller) -> Session:
    """An unsaved session. It carries the epoch that the account was read with: a ban that came between ends it."""
    now = runtime.clock().replace(microsecond=0)
    return Session(
        user=user,
        client_id=runtime.settings.client_id,
        epoch=user.epoch,
        created_at=now,
        rotated_at=now,
        last_used_at=now,
        expires_at=now + runtime.settings.session_lifetime,
        ip_address=caller.address or None,
        user_agent=caller.user_agent,
    )


def login_of(runtime: Runtime, user: User, session: Session) -> Login:
    return Login(token_pair(runtime, user, session), profile.of(user))


def token_pair(runtime: Runtime, user: User, session: Session) -> TokenPair:
    """The tokens of the session's present generation: the refresh token is always the same, the access token fresh."""
    access_token, expires_in = runtime.access_tokens.issue(
        subject=user.pk,
        session=session.sid,
        generation=session.generation,
        ends_at=int(session.expires_at.timestamp()),
        extra=_claims(runtime, user, session),
    )
    refresh_token = runtime.refresh_tokens.issue(
        subject=user.pk,
        session=session.sid,
        generation=session.generation,
        rotated_at=session.rotated_at,
        ends_at=session.expires_at,
    )
    return TokenPair(access_token, refresh_token, expires_in)


def _claims(runtime: Runtime, user: User, session: Session) -> dict[str, Any]:
    """Hints for clients. Rights are never decided from them."""
    claims: dict[str, Any] = {
        "user_id": user.pk,
        "username": user.username,
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
    }
    if runtime.settings.email_claim:
        claims["email"] = user.email
    if runtime.settings.device_claims:
        claims |= {"ip_address": session.ip_address or "", "user_agent": session.user_agent[:200]}
    return claims
