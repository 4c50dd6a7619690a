"""Tokens sent by e-mail. Nothing about them is stored.

They are Django's: a keyed hash over the account's current state, so that a token becomes invalid when that changes. The
prefix is the account's id, in decimal: base64 would hide nothing, and have several spellings.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

from auth.errors import InvalidEmailToken
from auth.models import User

_TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-z]{1,12}-[0-9a-f]{32})", re.ASCII)


class EmailTokens(PasswordResetTokenGenerator):
    """Tokens of one flow; each flow has its own salt, so that none accepts another's.

    `clock` returns aware datetimes. settings.PASSWORD_RESET_TIMEOUT bounds `lifetime`: Django checks it too.
    """

    def __init__(self, *, lifetime: timedelta, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.lifetime = lifetime
        self._clock = clock

    def issue(self, user: User) -> str:
        """`<id>.<token>` for the account's current state."""
        return f"{user.pk}.{self.make_token(user)}"

    def parse(self, text: str) -> tuple[int, str]:
        """The account that a text names, and the token for check_token(). Raises InvalidEmailToken."""
        match = _TOKEN.fullmatch(text)
        if match is None:
            raise InvalidEmailToken
        return int(match[1]), match[2]

    def check_token(self, user: User | None, token: str | None) -> bool:
        return super().check_token(user, token) and self._age(token or "") <= self.lifetime.total_seconds()

    def _age(self, token: str) -> int:
        made, _, _ = token.partition("-")
        return self._num_seconds(self._now()) - base36_to_int(made)

    def _now(self) -> datetime:
        return self._clock().replace(tzinfo=None)


class PasswordResetTokens(EmailTokens):
    """Valid once: the new password changes the hash. Django's last-login field is left out of the hash.

    It is written in the background here, and would invalidate a token at an arbitrary time.
    """

    key_salt = "authgate.password-reset"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{user.pk}|{timestamp}|{user.password}|{user.email}"


class EmailVerificationTokens(EmailTokens):
    """Valid for one address, any number of times: people open a link twice, and some mail servers open it first."""

    key_salt = "authgate.email-verification"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{user.pk}|{timestamp}|{user.email}"
