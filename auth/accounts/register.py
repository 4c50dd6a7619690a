"""Registration."""

from contextlib import suppress
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.db import IntegrityError, transaction

from auth.accounts import new_password, verify_email
from auth.caller import RequestContext
from auth.errors import Conflict, InsufficientAuthorization, ServiceUnavailable
from auth.models import SecurityEvent, Session, User
from auth.ratelimit.hits import by_address
from auth.runtime import Runtime
from auth.sessions.issue import Login, issue_login, new_session
from auth.sessions.stages import Admission, EntryPoint, PendingLogin, pass_stages


@dataclass(frozen=True, slots=True)
class Registration:
    """A well-formed request; the database decides whether the names are free."""

    username: str
    email: str
    password: str = field(repr=False)
    first_name: str
    last_name: str


async def register_account(runtime: Runtime, wanted: Registration, context: RequestContext) -> Login:
    """A new account, logged in.

    Raises RateLimited, ValidationFailed (weak password), Conflict (name or e-mail taken: one answer, after the same
    work), ServiceUnavailable, and what a login stage raises: InsufficientAuthorization leaves an account that is not
    logged in, all others leave none.
    """
    user = await _new_account(runtime, wanted, context)
    admission = await _admit(runtime, user, context)
    session = new_session(runtime, admission, context.caller)
    await _save(user, session)
    login = await _issue(runtime, user, session)
    _welcome(runtime, user, context)
    return login


async def _new_account(runtime: Runtime, wanted: Registration, context: RequestContext) -> User:
    """Not stored yet."""
    policies = runtime.settings.policies
    here = by_address(policies.register, context.caller, trusted=policies.trusted_caller)
    await runtime.limits.reserve(context, here)
    user = User(username=wanted.username, email=wanted.email, first_name=wanted.first_name, last_name=wanted.last_name)
    user.password = await new_password.hash_new_password(runtime, wanted.password, user)
    return user


async def _admit(runtime: Runtime, user: User, context: RequestContext) -> Admission:
    try:
        return await pass_stages(runtime, PendingLogin(user, context, EntryPoint.REGISTRATION))
    except InsufficientAuthorization:
        await _save(user)  # its owner continues from there
        _welcome(runtime, user, context)
        raise


async def _issue(runtime: Runtime, user: User, session: Session) -> Login:
    try:
        return await issue_login(runtime, user, session)
    except Exception:  # the deployment's claims hook failed: on a retry the name must still be free
        await user.adelete()
        raise


def _welcome(runtime: Runtime, user: User, context: RequestContext) -> None:
    context.user_id = user.pk
    runtime.recorder.event(SecurityEvent.Type.REGISTRATION, caller=context.caller, user_id=user.pk)
    if runtime.settings.verifies_email:
        with suppress(ServiceUnavailable):  # the account exists, and can request the message later
            verify_email.send(runtime, user.pk)


@sync_to_async
def _save(user: User, session: Session | None = None) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            if session is not None:
                session.user_id = user.pk
                session.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict from error
