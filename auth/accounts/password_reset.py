"""Password reset by e-mail (OWASP Forgot Password Cheat Sheet)."""

from functools import partial

from auth.accounts import email_flow, new_password
from auth.caller import Caller, RequestContext
from auth.email import texts
from auth.email.mailer import PlainMessage
from auth.errors import InvalidEmailToken
from auth.models import SecurityEvent, User
from auth.runtime import Runtime
from auth.sessions import login_limits
from auth.sessions.login import identifier_hash


async def ask_for_reset(runtime: Runtime, *, email: str, context: RequestContext) -> None:
    """Send a token to the stored address of the account with this address, if it can log in with a password.

    The account is looked up after the response. Raises RateLimited, ServiceUnavailable.
    """
    await email_flow.enqueue(runtime, partial(_write, runtime, email, context.caller), email=email, context=context)


async def reset_password(runtime: Runtime, *, token: str, new: str, context: RequestContext) -> None:
    """Store the new password, end every session and mark the address as verified. Logs no user in.

    Resets the failed attempts of others, so that the owner can log in even if strangers have locked the account.

    Raises RateLimited, InvalidEmailToken, ValidationFailed (weak new password: the token stays good),
    ServiceUnavailable.
    """
    user = await email_flow.find_token_owner(runtime, token, tokens=runtime.reset_tokens, context=context)
    if not user.has_usable_password():
        raise InvalidEmailToken
    hashed = await new_password.hash_new_password(runtime, new, user, field="new_password")
    await runtime.revoker.reset_password(user, new=hashed)
    await login_limits.forgive(runtime, user, context.caller)
    runtime.recorder.event(SecurityEvent.Type.PASSWORD_RESET, caller=context.caller, user_id=user.pk)


async def _write(runtime: Runtime, email: str, caller: Caller) -> PlainMessage | None:
    user = await User.objects.identified_by(email).afirst()
    details = {"identifier_hash": identifier_hash(runtime, email)}
    kind = SecurityEvent.Type.PASSWORD_RESET_REQUESTED
    runtime.recorder.event(kind, caller=caller, user_id=user.pk if user else None, details=details)
    if user is None or not (user.is_active and user.has_usable_password()):
        return None
    page = runtime.settings.reset_mail.page
    return email_flow.compose(runtime, user, texts.password_reset, tokens=runtime.reset_tokens, page=page)
