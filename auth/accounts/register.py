"""Registration."""

from contextlib import suppress
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.db import IntegrityError, transaction

from auth.accounts import new_password, verify_email
from auth.caller import Caller
from auth.errors import Conflict, ServiceUnavailable
from auth.models import SecurityEvent, Session, User
from auth.ratelimit.hits import by_address
from auth.runtime import Runtime
from auth.sessions.issue import Login, issue_login, new_session


@dataclass(frozen=True, slots=True)
class Registration:
    """A request that is well formed; whether the names are free is the database's to say."""

    username: str
    email: str
    password: str = field(repr=False)
    first_name: str
    last_name: str


async def register_account(runtime: Runtime, wanted: Registration, caller: Caller) -> Login:
    """A new account, logged in.

    Raises RateLimited, ValidationFailed (weak password), Conflict (name or e-mail taken: one answer, after the same
    work), ServiceUnavailable.
    """
    policies = runtime.settings.policies
    await runtime.limits.reserve(caller, by_address(policies.register, caller, trusted=policies.trusted_caller))
    user = User(username=wanted.username, email=wanted.email, first_name=wanted.first_name, last_name=wanted.last_name)
    user.password = await new_password.hash_new_password(runtime, wanted.password, user)
    session = new_session(runtime, user, caller)
    try:
        await _save(user, session)
    except IntegrityError as error:
        raise Conflict from error
    caller.user_id = user.pk
    try:
        login = await issue_login(runtime, user, session)
    except Exception:  # a claims hook of the deployment's own: whoever tries again must not find the name taken
        await user.adelete()
        raise
    runtime.recorder.event(SecurityEvent.Type.REGISTRATION, caller=caller, user_id=user.pk)
    if runtime.settings.verifies_email:
        with suppress(ServiceUnavailable):  # the account is there, and may ask for the message later
            verify_email.send(runtime, user.pk)
    return login


@sync_to_async
def _save(user: User, session: Session) -> None:
    with transaction.atomic():
        user.save(force_insert=True)
        session.user_id = user.pk
        session.save(force_insert=True)
