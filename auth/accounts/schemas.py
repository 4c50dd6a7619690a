"""Request and response bodies of accounts: registration, passwords, e-mail flows."""

from datetime import datetime
from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from auth.accounts.password_fields import SetsPassword
from auth.http.fields import Password, PersonName
from auth.http.schemas import _PASSWORD, Email, RequestSchema, Username, repeating, sample
from auth.sessions.schemas import TokenPairSchema

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


class RegisterSchema(RequestSchema, SetsPassword):
    judged = "password"
    model_config = sample(
        username="ann", email="ann@example.com", password=_PASSWORD, password_confirm=_PASSWORD, first_name="Ann"
    )

    username: Username = Field(description="Letters, digits and . + - _; unique in any spelling.")
    email: Email
    password: Password
    password_confirm: Annotated[Password, repeating("password")]
    first_name: PersonName | None = None
    last_name: PersonName | None = None


class ChangePasswordSchema(RequestSchema, SetsPassword):
    model_config = sample(
        old_password=_PASSWORD, new_password=f"new {_PASSWORD}", new_password_confirm=f"new {_PASSWORD}"
    )

    old_password: Password
    new_password: Password
    new_password_confirm: Annotated[Password, repeating("new_password")]


class ChangePasswordResponseSchema(TokenPairSchema):
    message: str


class ProtectedSchema(Schema):
    message: str
    user_id: int
    timestamp: datetime


class AdminSchema(Schema):
    message: str
    users_count: int
    active_users_count: int
