"""What the messages say (pure). Plain text, and nothing in it that whoever asked for the message could choose.

A name would be such a thing: mail programs make links of names that look like addresses.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Text:
    subject: str
    body: str = field(repr=False)


class Words(Protocol):
    """What is said around a token. `page`: where it is taken; empty: the message says which call does it."""

    def __call__(self, token: str, *, site: str, page: str, lifetime: timedelta) -> Text: ...


def password_reset(token: str, *, site: str, page: str, lifetime: timedelta) -> Text:
    body = f"""\
Somebody, perhaps you, asked for a new password for your account at {site}.

To choose one, {_way(token, page, "/api/auth/password-reset/confirm")}

This works once, within {_words(lifetime)}. You will be logged out everywhere.

If it was not you, do nothing: your password stays as it is.
"""
    return Text("Choose a new password", body)


def email_verification(token: str, *, site: str, page: str, lifetime: timedelta) -> Text:
    body = f"""\
Somebody, perhaps you, gave this e-mail address for an account at {site}.

To confirm that it is yours, {_way(token, page, "/api/auth/verify-email/confirm")}

This works within {_words(lifetime)}.

If it was not you, do nothing: the address stays unconfirmed.
"""
    return Text("Confirm your e-mail address", body)


def _way(token: str, page: str, call: str) -> str:
    """In a fragment, which browsers send to nobody, not even in Referer."""
    if page:
        return f"open this page:\n\n{page}#token={token}"
    return f'send this as "token" to {call}:\n\n{token}'


def _words(lifetime: timedelta) -> str:
    minutes = int(lifetime.total_seconds()) // 60
    number, unit = (minutes, "minute") if minutes % 60 else (minutes // 60, "hour")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
