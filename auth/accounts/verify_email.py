"""Verification that an account's e-mail address is read by its owner."""

from functools import partial

from auth.accounts import email_flow
from auth.caller import RequestContext
from auth.email import texts
from auth.email.mailer import PlainMessage
from auth.errors import InvalidEmailToken
from auth.models import SecurityEvent, User
from auth.principal import Principal
from auth.runtime import Runtime


async def ask_for_verification(runtime: Runtime, principal: Principal, *, context: RequestContext) -> None:
    """Send a token to the account's address, unless it has none or has it verified.

    Raises RateLimited, ServiceUnavailable.
    """
    if email := principal.account["email"]:
        await email_flow.enqueue(runtime, partial(_write, runtime, principal.user_id), email=email, context=context)


def send(runtime: Runtime, user_id: int) -> None:
    """The same for an account that has just been made. Raises ServiceUnavailable."""
    runtime.mail_queue.put(partial(_write, runtime, user_id))


async def confirm_address(runtime: Runtime, *, token: str, context: RequestContext) -> None:
    """Mark the address as verified. Idempotent. Raises RateLimited, InvalidEmailToken."""
    user = await email_flow.find_token_owner(runtime, token, tokens=runtime.verification_tokens, context=context)
    account = User.objects.filter(pk=user.pk, email=user.email, is_active=True)
    if await account.filter(email_verified_at=None).aupdate(email_verified_at=runtime.clock()):
        runtime.recorder.event(SecurityEvent.Type.EMAIL_VERIFIED, caller=context.caller, user_id=user.pk)
    elif not await account.aexists():  # it changed meanwhile
        raise InvalidEmailToken


async def _write(runtime: Runtime, user_id: int) -> PlainMessage | None:
    user = await User.objects.filter(pk=user_id, is_active=True, email_verified_at=None).exclude(email="").afirst()
    if user is None:
        return None
    page = runtime.settings.verification_mail.page
    return email_flow.compose(runtime, user, texts.email_verification, tokens=runtime.verification_tokens, page=page)
