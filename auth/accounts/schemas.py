"""Request bodies of the e-mail flows."""

from typing import Annotated

from pydantic import StringConstraints

from auth.accounts.password_fields import SetsPassword
from auth.http.fields import Password
from auth.http.schemas import Email, RequestSchema, repeating, sample

EmailToken = Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class PasswordResetSchema(RequestSchema):
    model_config = sample(email="ann@example.com")

    email: Email


class NewPasswordSchema(RequestSchema, SetsPassword):
    """`token` is the one from the message."""

    token: EmailToken
    new_password: Password
    new_password_confirm: Annotated[Password, repeating("new_password")]


class EmailTokenSchema(RequestSchema):
    """`token` is the one from the message."""

    token: EmailToken
