"""Login stages: the checks between a correct password and a session.

Every entry point passes the whole list each time. Nothing of a stage is kept from one call to the next: where some
other place remembers how far a login came, forgetting it skips the rest.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from auth.caller import Caller, RequestContext
from auth.errors import InvalidCredentials
from auth.models import User
from auth.runtime import Runtime


class EntryPoint(StrEnum):
    """Where a session is requested."""

    API = "api"
    ADMIN = "admin"
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """An account whose password was correct. At registration it is not stored yet, and has no key."""

    user: User
    context: RequestContext
    entry_point: EntryPoint

    @property
    def caller(self) -> Caller:
        return self.context.caller


@dataclass(frozen=True, slots=True)
class Admission:
    """Proof that every stage let the account pass: pass_stages() alone makes one, and no session is made without."""

    user: User


Stage = Callable[[Runtime, PendingLogin], Awaitable[None]]
"""Returns to accept the login, or raises an AuthError: InsufficientAuthorization to require a step, others to refuse.

InvalidCredentials looks like a wrong password, in its timing too only if the stage has not waited for anything.
"""


async def pass_stages(runtime: Runtime, login: PendingLogin) -> Admission:
    """Raises the error of the first stage that does not accept the login."""
    for stage in LOGIN_STAGES:
        await stage(runtime, login)
    return Admission(login.user)


async def account_is_active(_: Runtime, login: PendingLogin) -> None:
    if not login.user.is_active:
        raise InvalidCredentials("disabled")


async def admin_is_for_staff(_: Runtime, login: PendingLogin) -> None:
    if login.entry_point is EntryPoint.ADMIN and not login.user.is_staff:
        raise InvalidCredentials("not_staff")


LOGIN_STAGES: list[Stage] = [account_is_active, admin_is_for_staff]
"""In order: first the stages that refuse, then those that require another step."""
