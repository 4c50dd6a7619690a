"""Changing the password: every other session is over, and so are this session's older tokens."""

from functools import partial
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import Error, transaction
from django.db.models import F

from auth.caller import Caller
from auth.endings import end_sessions
from auth.errors import InvalidToken, RateLimited, ServiceUnavailable, WrongPassword
from auth.models import SecurityEvent, Session, User
from auth.principal import Principal
from auth.revocations import Taken
from auth.runtime import Runtime
from auth.services import new_password
from auth.services.revocation import revoke, spread
from auth.services.sessions import TokenPair, rehearse, token_pair
from auth.stores.limits import Hit, Reservation


async def change_password(runtime: Runtime, principal: Principal, *, old: str, new: str, caller: Caller) -> TokenPair:
    """A fresh pair for this session.

    Raises RateLimited (too many wrong old passwords), WrongPassword, ValidationFailed (weak new password), InvalidToken
    (the session ended meanwhile), ServiceUnavailable.
    """
    reservation = await _reserve(runtime, principal, caller)
    try:
        user = await User.objects.filter(pk=principal.user_id).afirst()
        if user is None:
            raise InvalidToken
        verified = await runtime.passwords.verify(old, user.password)
    except (Error, ServiceUnavailable):
        await runtime.limits.refund(caller, reservation)  # nothing was tried
        raise
    if verified is None:
        await runtime.limits.settle(reservation)
        runtime.recorder.event(SecurityEvent.Type.PASSWORD_CHANGE_FAILED, caller=caller, user_id=user.pk)
        raise WrongPassword
    await runtime.limits.succeed(caller, reservation)
    hashed = await new_password.hash_of(runtime, new, user, field="new_password")
    await rehearse(runtime, principal.sid)
    session = await _store(runtime, principal, old=user.password, new=hashed)
    await spread(runtime, [Taken(user.pk, version=session.user.version, epoch=session.user.epoch)])
    runtime.recorder.event(SecurityEvent.Type.PASSWORD_CHANGE, caller=caller, user_id=user.pk)
    return await token_pair(runtime, session.user, session)


async def _reserve(runtime: Runtime, principal: Principal, caller: Caller) -> Reservation:
    """A place for one wrong old password. Whoever runs out of them is not the owner: the session ends."""
    hit = Hit(runtime.settings.policies.change_password, str(principal.user_id))
    try:
        return await runtime.limits.reserve(caller, hit)
    except RateLimited:
        sids, now = [UUID(principal.sid)], runtime.clock()
        await revoke(runtime, partial(end_sessions, principal.user_id, sids, reason="guessing", now=now))
        details = {"route": "change_password", "sid": principal.sid}
        kind = SecurityEvent.Type.RATE_LIMITED
        runtime.recorder.event(kind, caller=caller, user_id=principal.user_id, details=details)
        raise


@sync_to_async
def _store(runtime: Runtime, principal: Principal, *, old: str, new: str) -> Session:
    """The new password, and this session carried over into the new epoch; all other sessions stay behind.

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
