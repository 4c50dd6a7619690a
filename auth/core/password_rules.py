"""The canonical form of a password, and rules for new ones besides Django's."""

import unicodedata

from django.core.exceptions import ValidationError

MAX_LENGTH = 1024
"""Characters. Enough for any passphrase; a bound on what one request can make us hash."""


def normalised(password: str) -> str:
    """As every password is hashed: NFC (NIST SP 800-63B-4 §3.1.1.2): devices type one letter in two ways."""
    return unicodedata.normalize("NFC", password)


def spellings(password: str) -> tuple[str, ...]:
    """The forms that a stored hash may have: the normalised password, and, in older hashes, the password as typed."""
    return tuple(dict.fromkeys((normalised(password), password)))


class MaximumLengthValidator:
    """Refuses passwords longer than MAX_LENGTH; they are never truncated."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(
                "This password is too long. It may have at most %(max_length)d characters.",
                code="password_too_long",
                params={"max_length": MAX_LENGTH},
            )

    def get_help_text(self) -> str:
        return f"Your password may have at most {MAX_LENGTH} characters."
