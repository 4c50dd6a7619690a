"""Request and response bodies. Requests are strict: no type is coerced, unknown members have no effect."""

from datetime import datetime
from typing import Annotated, Any

from django.core.exceptions import ValidationError
from ninja import Schema
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, WithJsonSchema

from auth.accounts.password_fields import SetsPassword
from auth.http.fields import Identifier, Nfkc, Password, PersonName, Visible
from auth.models.user import address_validator, username_validator

_PASSWORD = "correct horse battery staple"  # noqa: S105  of the samples, and in no list


def _username(text: str) -> str:
    try:
        username_validator(text)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    return text


def _email(text: str) -> str:
    try:
        address_validator(text)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    return text


# NFKC makes some texts longer, so their length is checked on both sides of it.
Username = Annotated[
    str,
    StringConstraints(min_length=1, max_length=150),
    Nfkc,
    Field(max_length=150),
    AfterValidator(_username),
    Visible,
]
Email = Annotated[
    str,
    StringConstraints(min_length=3, max_length=254),
    Nfkc,
    Field(max_length=254),
    AfterValidator(_email),
    Visible,
    WithJsonSchema({"type": "string", "format": "email", "minLength": 3, "maxLength": 254}),
]


def repeating(name: str) -> AfterValidator:
    """Of a field that says the field `name` once more, which stands before it."""

    def repeat(value: str, info: ValidationInfo) -> str:
        if value != info.data.get(name, value):  # it is missing where it is not valid itself
            raise ValueError(f"does not match {name}")
        return value

    return AfterValidator(repeat)


class RequestSchema(BaseModel):
    """Not Ninja's Schema, which takes whatever has the attributes: of a list, all that may be missing would be."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


def sample(**members: Any) -> ConfigDict:
    """A body that the interactive documentation can send as it stands."""
    return ConfigDict(json_schema_extra={"examples": [members]})


class LoginSchema(RequestSchema):
    """`username` takes the e-mail address too; blanks around it are ignored."""

    model_config = sample(username="ann", password=_PASSWORD)

    username: Identifier
    password: Password


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


class RefreshTokenSchema(RequestSchema):
    """In cookie mode the token is in the cookie, and the body may be left out."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class LogoutSchema(RequestSchema):
    model_config = sample(refresh_token=None)

    refresh_token: Annotated[str, StringConstraints(max_length=4096)] | None = None


class ChangePasswordSchema(RequestSchema, SetsPassword):
    model_config = sample(
        old_password=_PASSWORD, new_password=f"new {_PASSWORD}", new_password_confirm=f"new {_PASSWORD}"
    )

    old_password: Password
    new_password: Password
    new_password_confirm: Annotated[Password, repeating("new_password")]


class UserSchema(Schema):
    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    is_staff: bool
    is_active: bool
    date_joined: datetime


class TokenPairSchema(Schema):
    """RFC 6749 §5.1. `expires_in` is the access token's life in seconds, `refresh_after` when to refresh it."""

    access_token: str
    refresh_token: str | None = Field(description="null in cookie mode: it is in the cookie then")
    token_type: str = "Bearer"  # noqa: S105  the type's name
    expires_in: int
    refresh_after: int


class TokenResponseSchema(TokenPairSchema):
    user: UserSchema


class MessageSchema(Schema):
    message: str


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


Sid = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]


class SessionSchema(Schema):
    """`device` is a reading of the user agent; `current` marks the session of the token that asks."""

    sid: Sid
    device: str
    user_agent: str
    ip_address: str | None
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class SessionsSchema(Schema):
    sessions: list[SessionSchema]
    next_cursor: str | None


class LoginHistoryEntrySchema(Schema):
    login_time: datetime
    is_successful: bool
    reason: str
    device: str
    ip_address: str | None
    user_agent: str


class LoginHistorySchema(Schema):
    entries: list[LoginHistoryEntrySchema]
    next_cursor: str | None


class SecurityEventSchema(Schema):
    event_type: str
    timestamp: datetime
    details: dict[str, Any]
    device: str
    ip_address: str | None
    user_agent: str


class SecurityEventsSchema(Schema):
    entries: list[SecurityEventSchema]
    next_cursor: str | None


class TicketRequestSchema(RequestSchema):
    """`audience`: the client id of the service that alone may redeem the ticket; null: any service client may."""

    model_config = sample(audience=None)

    audience: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None


class TicketSchema(Schema):
    """`expires_in` in seconds."""

    ticket: str
    expires_in: int


class ErrorSchema(Schema):
    """Every error: `error` is a stable code (docs/errors.md), `message` is for people."""

    error: str
    message: str
    details: dict[str, Any] | None = None
