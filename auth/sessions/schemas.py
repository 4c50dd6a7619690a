"""Bodies of the routes that start, rotate, list and end sessions."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field, StringConstraints

from auth.http.fields import Identifier, Password
from auth.http.schemas import _PASSWORD, RequestSchema, Sid, sample


class LoginSchema(RequestSchema):
    """`username` may also be the e-mail address; surrounding whitespace is ignored."""

    model_config = sample(username="ann", password=_PASSWORD)

    username: Identifier
    password: Password


class RefreshTokenSchema(RequestSchema):
    """In cookie mode the token is in the cookie, and the body may be left out."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=4096)]


class LogoutSchema(RequestSchema):
    model_config = sample(refresh_token=None)

    refresh_token: Annotated[str, StringConstraints(max_length=4096)] | None = None


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
    refresh_token: str | None = Field(description="null in cookie mode: the cookie has it")
    token_type: str = "Bearer"  # noqa: S105  the type's name
    expires_in: int
    refresh_after: int


class TokenResponseSchema(TokenPairSchema):
    user: UserSchema


class SessionSchema(Schema):
    """`device` is derived from the user agent; `current` marks the session of the calling token."""

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
