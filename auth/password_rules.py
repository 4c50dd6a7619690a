"""Rules for new passwords, beside Django's own."""

from django.core.exceptions import ValidationError

MAX_LENGTH = 1024
"""Characters. Enough for any passphrase; a bound on what one request can make us hash."""


class MaximumLengthValidator:
    """Refuses what is longer than MAX_LENGTH; nothing is ever cut off."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > MAX_LENGTH:
            raise ValidationError(
                "This password is too long. It may have at most %(max_length)d characters.",
                code="password_too_long",
                params={"max_length": MAX_LENGTH},
            )

    def get_help_text(self) -> str:
        return f"Your password may have at most {MAX_LENGTH} characters."
