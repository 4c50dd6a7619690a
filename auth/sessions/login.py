"""Login by username or e-mail address."""

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from asgiref.sync import sync_to_async
from django.db import IntegrityError

from auth.audit.recorder import Recorder
from auth.caller import RequestContext
from auth.core.canonical import canonical
from auth.errors import AuthError, Delayed, InsufficientAuthorization, InvalidCredentials, RateLimited
from auth.models import Session, User
from auth.passwords.pool import PasswordPool, PasswordRefused, Verified
from auth.ratelimit.reservations import Attempt
from auth.runtime import Runtime
from auth.sessions import login_limits
from auth.sessions.issue import Login, issue_login, new_session
from auth.sessions.stages import Admission, EntryPoint, PendingLogin, pass_stages


@dataclass(frozen=True, slots=True)
class _Try:
    """One login attempt; `user` is None for an unknown name."""

    identifier: str
    user: User | None
    context: RequestContext


async def log_in(runtime: Runtime, *, identifier: str, password: str, context: RequestContext) -> Login:
    """A new session.

    Raises InvalidCredentials for an unknown name, a wrong password and a disabled account alike, after the same work;
    what a login stage raises; RateLimited, before any of it; ServiceUnavailable.
    """
    found = await _find(identifier, context)
    admission = await _admit(runtime, found, password, EntryPoint.API, max_wait=login_limits.MAX_WAIT)
    session = await _store_session(runtime, found, admission)
    _record_success(runtime.recorder, admission.user, context)
    return await issue_login(runtime, admission.user, session)


async def login_staff(runtime: Runtime, *, identifier: str, password: str, context: RequestContext) -> Admission:
    """For a login to the admin, which has its own sessions. Raises what log_in() raises.

    It does not wait for other logins: a pending page uses more resources than a pending API call.
    """
    found = await _find(identifier, context)
    admission = await _admit(runtime, found, password, EntryPoint.ADMIN, max_wait=0.0)
    _record_success(runtime.recorder, admission.user, context)
    return admission


async def _find(identifier: str, context: RequestContext) -> _Try:
    return _Try(identifier, await User.objects.identified_by(identifier).afirst(), context)


async def _admit(
    runtime: Runtime, found: _Try, password: str, entry_point: EntryPoint, *, max_wait: float
) -> Admission:
    """The account, if the password is correct and every stage accepts the login. What this raises is recorded."""
    try:
        async with _attempt(runtime, found, max_wait) as attempt:
            user, verified = await _verified(runtime.passwords, found.user, password)
            admission = await _pass_stages(runtime, PendingLogin(user, found.context, entry_point), attempt)
    except Delayed:  # nothing was decided about this login
        raise
    except AuthError as error:
        _record_failure(runtime, found, error)
        raise
    if verified.rehashed:
        await sync_to_async(User.objects.filter(pk=user.pk).rehash)(old=user.password, new=verified.rehashed)
        user.password = verified.rehashed
    return admission


async def _verified(passwords: PasswordPool, user: User | None, password: str) -> tuple[User, Verified]:
    """The account, if the password is correct. Raises InvalidCredentials, after the same work for an unknown name."""
    try:
        verified = await passwords.verify(password, user.password if user else None)
    except PasswordRefused as error:
        raise InvalidCredentials("wrong_password" if user else "unknown") from error
    if user is None:  # no password is right without a hash
        raise InvalidCredentials("unknown")
    return user, verified


async def _pass_stages(runtime: Runtime, login: PendingLogin, attempt: Attempt) -> Admission:
    """The password was correct, but a step is missing or a stage's limit was hit: neither a failure nor a success."""
    try:
        admission = await pass_stages(runtime, login)
    except (InsufficientAuthorization, RateLimited):
        attempt.cancel()
        raise
    attempt.succeed()
    return admission


async def _store_session(runtime: Runtime, found: _Try, admission: Admission) -> Session:
    session = new_session(runtime, admission, found.context.caller)
    try:
        await session.asave(force_insert=True)
    except IntegrityError as error:  # the account was deleted meanwhile
        refusal = InvalidCredentials("unknown")
        _record_failure(runtime, replace(found, user=None), refusal)
        raise refusal from error
    return session


@asynccontextmanager
async def _attempt(runtime: Runtime, found: _Try, max_wait: float) -> AsyncIterator[Attempt]:
    """A slot for one failure, reserved before any hash: parallel guesses cannot exceed the limit."""
    account = login_limits.account_of(found.user, found.identifier)
    hits = login_limits.hits(runtime, account, found.context.caller)
    try:
        async with runtime.limits.attempt(found.context, *hits, max_wait=max_wait) as attempt:
            yield attempt
    except RateLimited as error:
        _record_refusal(runtime, found, error)
        raise


def _record_refusal(runtime: Runtime, found: _Try, error: RateLimited) -> None:
    """Where the address has used up its quota, it is nothing that concerns the account."""
    policies, user = runtime.settings.policies, found.user
    if error.policy in (policies.login.name, policies.login_account.name):
        details = {"route": "login", "identifier_hash": identifier_hash(runtime, found.identifier)}
        runtime.recorder.refused(error, caller=found.context.caller, user_id=user.pk if user else None, details=details)
    else:
        runtime.recorder.refused(error, caller=found.context.caller, user_id=None, details={"route": "login"})


def _record_success(recorder: Recorder, user: User, context: RequestContext) -> None:
    context.user_id = user.pk
    recorder.login(caller=context.caller, user_id=user.pk)


def _record_failure(runtime: Runtime, found: _Try, error: AuthError) -> None:
    """An unknown name is stored as a hash."""
    runtime.recorder.login(
        caller=found.context.caller,
        user_id=found.user.pk if found.user else None,
        reason=error.reason if isinstance(error, InvalidCredentials) else error.code,
        identifier_hash="" if found.user else identifier_hash(runtime, found.identifier),
    )


def identifier_hash(runtime: Runtime, identifier: str) -> str:
    """Keyed, since people type passwords into the wrong field."""
    key = runtime.settings.refresh_secrets[0]
    return hmac.digest(key, b"identifier " + canonical(identifier).encode(), "sha256").hex()
