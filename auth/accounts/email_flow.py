"""The steps that both e-mail flows share."""

from auth.caller import RequestContext
from auth.core.canonical import ascii_address
from auth.email.mailer import PlainMessage
from auth.email.queue import Write
from auth.email.texts import Template
from auth.email.tokens import EmailTokens
from auth.errors import InvalidEmailToken
from auth.models import User
from auth.ratelimit.hits import Hit, by_address
from auth.runtime import Runtime
from auth.sessions.login import identifier_hash


async def enqueue(runtime: Runtime, write: Write, *, email: str, context: RequestContext) -> None:
    """Have a message written and sent in the background.

    Counts against the caller's address and against the e-mail address, whether or not an account has it. Raises
    RateLimited, ServiceUnavailable (too many messages wait).
    """
    policies = runtime.settings.policies
    here = by_address(policies.mail_address, context.caller, trusted=policies.trusted_caller)
    async with runtime.limits.attempt(context, here, Hit(policies.mail_account, identifier_hash(runtime, email))):
        runtime.mail_queue.put(write)


def compose(runtime: Runtime, user: User, template: Template, *, tokens: EmailTokens, page: str) -> PlainMessage:
    """With a fresh token, to the address that is stored, never to the one that was typed: two spellings may be two
    mailboxes."""
    text = template(tokens.issue(user), site=runtime.settings.issuer, page=page, lifetime=tokens.lifetime)
    return PlainMessage(text.subject, text.body, to=[_ascii(user.email)])


def _ascii(address: str) -> str:
    """Django would turn the domain into ASCII by the old rules (IDNA 2003), and ß into ss: another domain's mailbox."""
    try:
        return ascii_address(address)
    except ValueError:  # stored before such domains were refused, or past the checks: Django makes of it what it can
        return address


async def find_token_owner(runtime: Runtime, token: str, *, tokens: EmailTokens, context: RequestContext) -> User:
    """The active account of a valid token from a message. Raises RateLimited, InvalidEmailToken.

    Valid tokens count per account, others per address, so that neighbours cannot use up the quota of valid ones.
    """
    policies = runtime.settings.policies
    try:
        user = await _owner(token, tokens)
    except InvalidEmailToken:
        here = by_address(policies.mail_confirm, context.caller, trusted=policies.trusted_caller)
        await runtime.limits.reserve(context, here)
        raise
    await runtime.limits.reserve(context, Hit(policies.mail_confirm, f"#{user.pk}"))
    return user


async def _owner(token: str, tokens: EmailTokens) -> User:
    user_id, secret = tokens.parse(token)
    user: User | None = await User.objects.filter(pk=user_id, is_active=True).afirst()
    if user is None or not tokens.check_token(user, secret):
        raise InvalidEmailToken
    return user
