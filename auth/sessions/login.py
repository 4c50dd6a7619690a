"""Login by username or e-mail address."""

import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async
from django.db import IntegrityError

from auth.caller import Caller
from auth.core.canonical import canonical
from auth.errors import InvalidCredentials, RateLimited
from auth.models import User
from auth.passwords.pool import PasswordRefused, Verified
from auth.ratelimit.reservations import Attempt
from auth.runtime import Runtime
from auth.sessions import login_limits
from auth.sessions.issue import Login, issue_login, new_session


async def log_in(runtime: Runtime, *, identifier: str, password: str, caller: Caller) -> Login:
    """A new session.

    Raises InvalidCredentials for an unknown name, a wrong password and a disabled account alike, after the same work;
    RateLimited, before any; ServiceUnavailable.
    """
    user = await _recognise(runtime, identifier, password, caller, max_wait=login_limits.MAX_WAIT)
    session = new_session(runtime, user, caller)
    try:
        await session.asave(force_insert=True)
    except IntegrityError as error:  # the account was deleted meanwhile
        refusal = InvalidCredentials("unknown")
        _record_failure(runtime, None, refusal, identifier, caller)
        raise refusal from error
    _admit(runtime, user, caller)
    return await issue_login(runtime, user, session)


async def login_staff(runtime: Runtime, *, identifier: str, password: str, caller: Caller) -> User:
    """The account of a member of staff, for a visit to the admin; no session. Raises as log_in() does.

    It waits for no other login: a page that is not answered holds more than a call of the API.
    """
    user = await _recognise(runtime, identifier, password, caller, also=_not_staff)
    _admit(runtime, user, caller)
    return user


async def _recognise(
    runtime: Runtime,
    identifier: str,
    password: str,
    caller: Caller,
    *,
    also: Callable[[User], str] = lambda _: "",
    max_wait: float = 0.0,
) -> User:
    """The active account with this name and password, unless there is `also` a reason to refuse it."""
    found: User | None = await User.objects.identified_by(identifier).afirst()
    try:
        async with _attempt(runtime, identifier, found, caller, max_wait) as attempt:
            user, verified = await _verified(runtime, found, password)
            if reason := also(user) if user.is_active else "disabled":
                raise InvalidCredentials(reason)
            attempt.succeed()
    except InvalidCredentials as error:
        _record_failure(runtime, found, error, identifier, caller)
        raise
    if verified.rehashed:
        await sync_to_async(User.objects.filter(pk=user.pk).rehash)(old=user.password, new=verified.rehashed)
        user.password = verified.rehashed
    return user


async def _verified(runtime: Runtime, found: User | None, password: str) -> tuple[User, Verified]:
    """The account, whose password this is. Raises InvalidCredentials, after the same work for a name nobody has."""
    try:
        verified = await runtime.passwords.verify(password, found.password if found else None)
    except PasswordRefused as error:
        raise InvalidCredentials("wrong_password" if found else "unknown") from error
    if found is None:  # no password is right without a hash
        raise InvalidCredentials("unknown")
    return found, verified


def _not_staff(user: User) -> str:
    return "" if user.is_staff else "not_staff"


def _admit(runtime: Runtime, user: User, caller: Caller) -> None:
    caller.user_id = user.pk
    runtime.recorder.login(caller=caller, user_id=user.pk)


@asynccontextmanager
async def _attempt(
    runtime: Runtime, identifier: str, user: User | None, caller: Caller, max_wait: float
) -> AsyncIterator[Attempt]:
    """A place for one failure, taken before any hash: parallel guesses cannot pass the limit."""
    account = login_limits.account_of(user, identifier)
    hits = login_limits.hits(runtime, account, caller)
    try:
        async with runtime.limits.attempt(caller, *hits, max_wait=max_wait) as attempt:
            yield attempt
    except RateLimited as error:
        _note_refusal(runtime, error, identifier, user, caller)
        raise


def _note_refusal(runtime: Runtime, error: RateLimited, identifier: str, user: User | None, caller: Caller) -> None:
    """Where the address has used up its quota, it is nothing that concerns the account."""
    policies = runtime.settings.policies
    if error.policy in (policies.login.name, policies.login_account.name):
        details = {"route": "login", "identifier_hash": identifier_hash(runtime, identifier)}
        runtime.recorder.refused(error, caller=caller, user_id=user.pk if user else None, details=details)
    else:
        runtime.recorder.refused(error, caller=caller, user_id=None, details={"route": "login"})


def identifier_hash(runtime: Runtime, identifier: str) -> str:
    """Keyed, since people type passwords into the wrong field."""
    key = runtime.settings.refresh_secrets[0]
    return hmac.digest(key, b"identifier " + canonical(identifier).encode(), "sha256").hex()


def _record_failure(
    runtime: Runtime, user: User | None, error: InvalidCredentials, identifier: str, caller: Caller
) -> None:
    """A name that belongs to nobody is kept as a hash."""
    hashed = "" if user else identifier_hash(runtime, identifier)
    user_id = user.pk if user else None
    runtime.recorder.login(caller=caller, user_id=user_id, reason=error.reason, identifier_hash=hashed)
