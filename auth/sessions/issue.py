"""Starting a session, and issuing its token pairs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from asgiref.sync import sync_to_async

from auth.caller import Caller
from auth.config import AuthSettings
from auth.models import Session, User, profile, session_queries
from auth.runtime import Runtime
from auth.sessions.claims import extra_claims
from auth.sessions.stages import Admission
from auth.tokens import AccessTokens, RefreshTokens

REFRESH_AFTER = 0.8
"""Of the access token's life: early enough to try again before it ends."""


class Issuer(Protocol):
    """The part of the Runtime that issues tokens."""

    @property
    def settings(self) -> AuthSettings: ...

    @property
    def access_tokens(self) -> AccessTokens: ...

    @property
    def refresh_tokens(self) -> RefreshTokens: ...


@dataclass(frozen=True, slots=True)
class TokenPair:
    """`expires_in` is the access token's life in seconds; after `refresh_after` seconds it is time for the next."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    refresh_after: int


@dataclass(frozen=True, slots=True)
class Login:
    """The result of a login or a registration."""

    pair: TokenPair
    user: dict[str, Any] = field(repr=False)


def new_session(runtime: Runtime, admission: Admission, caller: Caller) -> Session:
    """An unsaved session. It has the epoch that the account was read with, so that a ban in the meantime ends it.

    No other call creates one: refreshing and changing the password continue an existing session.
    """
    return first_generation(runtime.settings, admission.user, caller, created_at=runtime.clock())


def first_generation(settings: AuthSettings, user: User, caller: Caller, *, created_at: datetime) -> Session:
    """An unsaved session of this account, whether or not a login preceded it: see new_session()."""
    now = created_at.replace(microsecond=0)
    return Session(
        user=user,
        client_id=settings.client_id,
        epoch=user.epoch,
        created_at=created_at,
        rotated_at=now,
        last_used_at=now,
        expires_at=now + settings.session_lifetime,
        ip_address=caller.address or None,
        user_agent=caller.user_agent,
    )


async def issue_login(runtime: Runtime, user: User, session: Session) -> Login:
    return Login(await token_pair(runtime, user, session), profile.of(user))


async def check_claims_hook(runtime: Runtime, sid: str) -> None:
    """Call before a session advances: raises what the claims hook, if there is one, raises.

    A hook is the deployment's own code, and may be broken for a long time. A client whose session advanced without a
    response can retry only within the grace.
    """
    if not runtime.settings.claims_hook:
        return
    session = await sync_to_async(session_queries.session_with_user)(UUID(sid))
    if session is not None:
        await token_pair(runtime, session.user, session)


async def token_pair(issuer: Issuer, user: User, session: Session) -> TokenPair:
    """The tokens of the session's present generation: the refresh token is always the same, the access token fresh."""
    access_token, expires_in = issuer.access_tokens.issue(
        subject=user.pk,
        session=session.sid,
        generation=session.generation,
        epoch=session.epoch,
        version=user.version,
        ends_at=int(session.expires_at.timestamp()),
        extra=await extra_claims(issuer.settings, user, session),
    )
    refresh_token = issuer.refresh_tokens.issue(
        subject=user.pk,
        session=session.sid,
        generation=session.generation,
        rotated_at=session.rotated_at,
        ends_at=session.expires_at,
    )
    return TokenPair(access_token, refresh_token, expires_in, int(expires_in * REFRESH_AFTER))
