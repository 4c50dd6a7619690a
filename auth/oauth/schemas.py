"""Response bodies of introspection and revocation."""

from ninja import Schema


class IntrospectionSchema(Schema):
    """RFC 7662 §2.2. For an invalid token, `active` is the only member."""

    active: bool
    token_type: str | None = None
    iss: str | None = None
    aud: str | None = None
    client_id: str | None = None
    sub: str | None = None
    username: str | None = None
    is_staff: bool | None = None
    sid: str | None = None
    jti: str | None = None
    iat: int | None = None
    exp: int | None = None
