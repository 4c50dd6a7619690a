"""The texts of e-mails (pure): plain, with nothing that the requester chose.

A name, for example: mail programs turn names that look like addresses into links.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str = field(repr=False)


class Template(Protocol):
    """The text around a token. `page` is where users enter it; empty: the message names the API call."""

    def __call__(self, token: str, *, site: str, page: str, lifetime: timedelta) -> Text: ...


def password_reset(token: str, *, site: str, page: str, lifetime: timedelta) -> Text:
    body = f"""\
Someone requested a password reset for your account at {site}.

To choose a new password, {_instruction(token, page, "/api/auth/password-reset/confirm")}

This works once, within {_duration(lifetime)}. You will be logged out everywhere.

If it was not you, ignore this message: your password stays unchanged.
"""
    return Text("Choose a new password", body)


def email_verification(token: str, *, site: str, page: str, lifetime: timedelta) -> Text:
    body = f"""\
Someone used this e-mail address for an account at {site}.

To confirm that it is yours, {_instruction(token, page, "/api/auth/verify-email/confirm")}

This works within {_duration(lifetime)}.

If it was not you, ignore this message: the address stays unconfirmed.
"""
    return Text("Confirm your e-mail address", body)


def _instruction(token: str, page: str, call: str) -> str:
    """In a fragment: browsers never send it, not even in Referer."""
    if page:
        return f"open this page:\n\n{page}#token={token}"
    return f'send this as "token" to {call}:\n\n{token}'


def _duration(lifetime: timedelta) -> str:
    minutes = int(lifetime.total_seconds()) // 60
    number, unit = (minutes, "minute") if minutes % 60 else (minutes // 60, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
