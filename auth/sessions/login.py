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
    """Who wants to log in, and as whom; `user` is None for a name that nobody has."""

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
    """For a visit to the admin, which keeps sessions of its own. Raises as log_in() does.

    It waits for no other login: a page that is not answered holds more than a call of the API.
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
    """The account, whose password this is and that every stage lets pass. What it raises is recorded."""
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
    """The account, whose password this is. Raises InvalidCredentials, after the same work for a name nobody has."""
    try:
        verified = await passwords.verify(password, user.password if user else None)
    except PasswordRefused as error:
        raise InvalidCredentials("wrong_password" if user else "unknown") from error
    if user is None:  # no password is right without a hash
        raise InvalidCredentials("unknown")
    return user, verified


async def _pass_stages(runtime: Runtime, login: PendingLogin, attempt: Attempt) -> Admission:
    """Whoever is asked for more, or met a stage's own limit, gave the right password: no failure, nor trusted yet."""
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
    """A slot for one failure, taken before any hash: parallel guesses cannot pass the limit."""
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
    """A name that belongs to nobody is kept as a hash."""
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
