"""Form-encoded bodies of the OAuth endpoints (RFC 6749 §3.2, Appendix B) (pure)."""

from urllib.parse import parse_qsl

from auth.errors import InvalidRequest, UnsupportedMediaType

MEDIA_TYPE = "application/x-www-form-urlencoded"
_MAX_FIELDS = 20
_MAX_LENGTH = 16 * 1024
"""Bytes. A token has 4,096 characters at most; decoding a large body of escapes would block the event loop."""


def parse(body: bytes, *, content_type: str | None) -> dict[str, str]:
    """The parameters that have a value. Raises UnsupportedMediaType, InvalidRequest (also for a repeated one)."""
    if content_type != MEDIA_TYPE:
        raise UnsupportedMediaType(f"Send the body as a form, with the header Content-Type: {MEDIA_TYPE}.")
    if len(body) > _MAX_LENGTH:
        raise InvalidRequest("The form is too long. It may have at most 16 KiB.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise InvalidRequest("The body is not a valid form.") from error
    if len(dict(pairs)) != len(pairs):
        raise InvalidRequest("A parameter is repeated. Send each once.")
    return {name: value for name, value in pairs if value}
