"""Request bodies of the e-mail flows."""

from typing import Annotated

from pydantic import StringConstraints, ValidationInfo, field_validator

from auth.schemas import Email, RequestSchema, matching
from auth.text import Password

EmailToken = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class PasswordResetSchema(RequestSchema):
    email: Email


class NewPasswordSchema(RequestSchema):
    """`token` is the one from the message."""

    token: EmailToken
    new_password: Password
    new_password_confirm: Password

    @field_validator("new_password_confirm")
    @classmethod
    def _same(cls, value: str, info: ValidationInfo) -> str:
        return matching(value, info.data.get("new_password"), "new_password")


class EmailTokenSchema(RequestSchema):
    """`token` is the one from the message."""

    token: EmailToken
