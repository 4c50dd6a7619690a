"""Login by username or e-mail address."""

import hmac

from asgiref.sync import sync_to_async
from django.db import IntegrityError

from auth.caller import Caller
from auth.errors import InvalidCredentials, RateLimited, ServiceUnavailable
from auth.models import SecurityEvent, User
from auth.normalize import canonical
from auth.runtime import Runtime
from auth.services.sessions import Login, login_of, new_session
from auth.stores.limits import Hit, Reservation, by_address

PATIENCE = 10.0
"""Seconds that a login waits for others of its account to turn out right or wrong."""


async def login(runtime: Runtime, *, identifier: str, password: str, caller: Caller) -> Login:
    """A new session.

    Raises InvalidCredentials for an unknown name, a wrong password and a disabled account alike, after the same work;
    RateLimited, before any; ServiceUnavailable.
    """
    user, reservation = await _recognise(runtime, identifier, password, caller)
    session = new_session(runtime, user, caller)
    try:
        await session.asave(force_insert=True)
    except IntegrityError as error:  # the account was deleted meanwhile
        raise await _refused(runtime, caller, reservation, "unknown", identifier=identifier) from error
    await _admit(runtime, user, reservation, caller)
    return await login_of(runtime, user, session)


async def login_staff(runtime: Runtime, *, identifier: str, password: str, caller: Caller) -> User:
    """The account of a member of staff, for a visit to the admin; no session. Raises as login() does."""
    user, reservation = await _recognise(runtime, identifier, password, caller)
    if not user.is_staff:
        raise await _refused(runtime, caller, reservation, "not_staff", user_id=user.pk)
    await _admit(runtime, user, reservation, caller)
    return user


async def _recognise(runtime: Runtime, identifier: str, password: str, caller: Caller) -> tuple[User, Reservation]:
    """The active account with this name and password, and the place that counts until it is let in."""
    user = await User.objects.identified_by(identifier).afirst()
    reservation = await _reserve(runtime, identifier, user, caller)
    try:
        verified = await runtime.passwords.verify(password, user.password if user else None)
    except ServiceUnavailable:
        await runtime.limits.refund(caller, reservation)  # nothing was tried
        raise
    if user is None:
        raise await _refused(runtime, caller, reservation, "unknown", identifier=identifier)
    if verified is None:
        raise await _refused(runtime, caller, reservation, "wrong_password", user_id=user.pk)
    if not user.is_active:
        raise await _refused(runtime, caller, reservation, "disabled", user_id=user.pk)
    if verified.rehashed:
        await sync_to_async(User.objects.filter(pk=user.pk).rehash)(old=user.password, new=verified.rehashed)
        user.password = verified.rehashed
    return user, reservation


async def _admit(runtime: Runtime, user: User, reservation: Reservation, caller: Caller) -> None:
    caller.user_id = user.pk
    await runtime.limits.succeed(caller, reservation)
    runtime.recorder.login(caller=caller, user_id=user.pk)


async def _reserve(runtime: Runtime, identifier: str, user: User | None, caller: Caller) -> Reservation:
    """A place for one failure, taken before any hash: parallel guesses cannot pass the limit. Success gives it back.

    An account is one, whether its name or its address is given.
    """
    policies, account = runtime.settings.policies, f"#{user.pk}" if user else f"?{canonical(identifier)}"
    here = f"{caller.network} {account}"
    try:
        return await runtime.limits.reserve(
            caller,
            Hit(policies.login, here),
            by_address(policies.login_address, caller, trusted=policies.trusted_caller),
            # Somebody who logged in from here before is not locked out by what strangers try elsewhere.
            Hit(policies.login_account, account, known_as=here),
            patience=PATIENCE,
        )
    except RateLimited:
        details = {"route": "login", "identifier_hash": identifier_hash(runtime, identifier)}
        user_id = user.pk if user else None
        runtime.recorder.event(SecurityEvent.Type.RATE_LIMITED, caller=caller, user_id=user_id, details=details)
        raise


def identifier_hash(runtime: Runtime, identifier: str) -> str:
    """Keyed, since people type passwords into the wrong field."""
    key = runtime.settings.refresh_secrets[0]
    return hmac.digest(key, b"identifier " + canonical(identifier).encode(), "sha256").hex()


async def _refused(
    runtime: Runtime,
    caller: Caller,
    reservation: Reservation,
    reason: str,
    *,
    user_id: int | None = None,
    identifier: str = "",
) -> InvalidCredentials:
    """The one answer to every failure, once its place counts and it is recorded."""
    await runtime.limits.settle(reservation)
    hashed = identifier_hash(runtime, identifier) if identifier else ""
    runtime.recorder.login(caller=caller, user_id=user_id, reason=reason, identifier_hash=hashed)
    return InvalidCredentials()
