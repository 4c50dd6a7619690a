"""Password change: ends all other sessions, and this session's older tokens.

This session continues in the new epoch. It passed the login stages when it was created; no new session is created here.
"""

from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F

from auth.accounts import new_password
from auth.caller import Caller, RequestContext
from auth.core.revocations import Revoked
from auth.errors import InvalidToken, RateLimited, WrongPassword
from auth.models import SecurityEvent, Session, User
from auth.passwords.pool import PasswordRefused
from auth.principal import Principal
from auth.ratelimit.hits import Hit
from auth.runtime import Runtime
from auth.sessions.issue import TokenPair, check_claims_hook, token_pair
from auth.sessions.login_limits import MAX_WAIT


async def replace_own_password(
    runtime: Runtime, principal: Principal, *, old: str, new: str, context: RequestContext
) -> TokenPair:
    """A fresh pair for this session.

    Raises RateLimited (too many wrong old passwords), WrongPassword, ValidationFailed (weak new password), InvalidToken
    (the session ended meanwhile), ServiceUnavailable.
    """
    user = await _verified(runtime, principal, old, context)
    hashed = await new_password.hash_new_password(runtime, new, user, field="new_password")
    await check_claims_hook(runtime, principal.sid)
    session = await _store(runtime, principal, old=user.password, new=hashed)
    await runtime.revoker.propagate([Revoked(user.pk, version=session.user.version, epoch=session.user.epoch)])
    runtime.recorder.event(SecurityEvent.Type.PASSWORD_CHANGE, caller=context.caller, user_id=user.pk)
    return await token_pair(runtime, session.user, session)


async def _verified(runtime: Runtime, principal: Principal, old: str, context: RequestContext) -> User:
    """The account, if the password is correct. Using up the attempts ends this session: the caller is not the owner."""
    user: User | None = await User.objects.filter(pk=principal.user_id).afirst()
    if user is None:
        raise InvalidToken
    try:
        await check_old_password(runtime, user, old, session=principal.sid, context=context, max_wait=MAX_WAIT)
    except RateLimited as error:
        await _end_guessing(runtime, principal, error, context.caller)
        raise
    return user


async def check_old_password(
    runtime: Runtime, user: User, old: str, *, session: str, context: RequestContext, max_wait: float = 0.0
) -> None:
    """Attempts count for the session that makes them: the owner's others are not concerned.

    Raises RateLimited, WrongPassword, ServiceUnavailable.
    """
    hit = Hit(runtime.settings.policies.change_password, session)
    try:
        async with runtime.limits.attempt(context, hit, max_wait=max_wait) as attempt:
            await runtime.passwords.verify(old, user.password)
            attempt.succeed()
    except PasswordRefused as error:
        runtime.recorder.event(SecurityEvent.Type.PASSWORD_CHANGE_FAILED, caller=context.caller, user_id=user.pk)
        raise WrongPassword from error


async def _end_guessing(runtime: Runtime, principal: Principal, error: RateLimited, caller: Caller) -> None:
    await runtime.revoker.revoke_sessions(principal.user_id, [UUID(principal.sid)], reason="guessing")
    details = {"route": "change_password", "sid": principal.sid}
    runtime.recorder.refused(error, caller=caller, user_id=principal.user_id, details=details)


@sync_to_async
def _store(runtime: Runtime, principal: Principal, *, old: str, new: str) -> Session:
    """Set the new password and move this session to the new epoch; all other sessions stay in the old one, and end.

    Raises InvalidToken when the password or the session was changed by another request meanwhile.
    """
    with transaction.atomic():
        if not User.objects.filter(pk=principal.user_id, password=old, is_active=True).update(password=new):
            raise InvalidToken
        user = User.objects.get(pk=principal.user_id)
        now = runtime.clock().replace(microsecond=0)
        following = F("generation") + 1
        # The session must have been in force until this very change: a ban meanwhile left it behind.
        live = Session.objects.filter(pk=principal.sid, user=user, revoked_at=None, epoch=user.epoch - 1)
        carried = live.update(
            epoch=user.epoch, generation=following, min_generation=following, rotated_at=now, last_used_at=now
        )
        if not carried:
            raise InvalidToken
        return Session.objects.select_related("user").get(pk=principal.sid)
