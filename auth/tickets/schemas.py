"""Bodies of the ticket routes."""

from typing import Annotated

from ninja import Schema
from pydantic import StringConstraints

from auth.http.schemas import RequestSchema, sample


class TicketRequestSchema(RequestSchema):
    """`audience`: the client id of the service that alone may redeem the ticket; null: any service client may."""

    model_config = sample(audience=None)

    audience: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None


class TicketSchema(Schema):
    """`expires_in` in seconds."""

    ticket: str
    expires_in: int


class TicketClaimsSchema(Schema):
    """The claims of an access token; `username` and rights are those of the account now."""

    iss: str
    aud: str
    client_id: str
    sub: str
    user_id: int
    username: str
    is_staff: bool
    is_superuser: bool
    sid: str
    jti: str
    iat: int
    exp: int
    gen: int
    epoch: int | None = None
    version: int
