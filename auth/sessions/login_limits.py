"""Limits of login attempts, and how a locked account is unlocked."""

from auth.caller import Caller
from auth.core.canonical import canonical
from auth.models import User
from auth.ratelimit.hits import Hit, by_address
from auth.runtime import Runtime

MAX_WAIT = 10.0
"""Seconds that an attempt waits for others of its account to turn out right or wrong."""


def account_of(user: User | None, identifier: str) -> str:
    """One key per account, for its name and its e-mail address alike, and per unknown name, in any spelling."""
    return f"#{user.pk}" if user else f"?{canonical(identifier)}"


def hits(runtime: Runtime, account: str, caller: Caller) -> tuple[Hit, Hit, Hit]:
    """A user who logged in from here before is not locked out by strangers, nor by neighbours who try other names.

    Only the address' own count is reported after a failure: the others are the account's, and would show that a name
    and an e-mail address belong to one account.
    """
    policies, here = runtime.settings.policies, _here(account, caller)
    return (
        Hit(policies.login, here, is_reported=False),
        by_address(policies.login_address, caller, trusted=policies.trusted_caller, trusted_key=here),
        Hit(policies.login_account, account, trusted_key=here, is_reported=False),
    )


async def forgive(runtime: Runtime, user: User, caller: Caller) -> None:
    """Lets a proven owner log in from here, whatever others have tried before."""
    at_this_address, _, anywhere = hits(runtime, account_of(user, ""), caller)
    await runtime.limits.forgive(at_this_address, anywhere)


def _here(account: str, caller: Caller) -> str:
    return f"{caller.network} {account}"
