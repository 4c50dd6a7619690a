"""GET /api/auth/verify: forward authentication for proxies."""

from typing import Literal
from urllib.parse import quote

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from ninja import Router

from auth.authentication.bearer import JWTAuth
from auth.errors import InsufficientScope
from auth.http.context import principal_of, runtime_of
from auth.http.openapi import responses_for
from auth.principal import Principal

router = Router(auth=JWTAuth())

_FIELDS = ("X-Auth-User-Id", "X-Auth-Username", "X-Auth-Sid", "X-Auth-Staff")
_DOCUMENTED = {
    "responses": {
        200: {
            "description": "The request may pass; the body is empty.",
            "headers": {name: {"schema": {"type": "string"}} for name in _FIELDS},
        }
    }
}


@router.get(
    "/verify",
    response=responses_for(200, None, 401, 422),
    openapi_extra=_DOCUMENTED,
    summary="Authorize a proxied request (forward authentication)",
)
async def verify(request: ASGIRequest, require: Literal["staff"] | None = None) -> HttpResponse:
    """Whatever else `require` says is refused: a right that is misspelt must not open the door."""
    principal = principal_of(request)
    if require == "staff" and not principal.is_staff:
        raise InsufficientScope
    response = HttpResponse(headers=_identity_headers(principal))
    del response["Content-Type"]  # there is no content
    if seconds := runtime_of(request).settings.verify_cache_seconds:
        response["Cache-Control"] = f"private, max-age={seconds}"
        response["Vary"] = "Authorization, Origin"
    return response


def _identity_headers(principal: Principal) -> dict[str, str]:
    """Usernames may have letters of any script; header fields are ASCII (RFC 9110 §5.5)."""
    values = (
        str(principal.user_id),
        quote(principal.account["username"], safe="+"),
        principal.sid,
        "true" if principal.is_staff else "false",
    )
    return dict(zip(_FIELDS, values, strict=True))
