"""Routes of /api/oauth: form-encoded, authenticated as a service client."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from ninja import Router

from auth.authentication.clients import ServiceClientAuth, client_request_of, form_of
from auth.errors import InvalidRequest
from auth.http.context import caller_of, runtime_of
from auth.http.openapi import responses_for
from auth.oauth.introspect import introspect_token
from auth.oauth.revoke_token import revoke_token
from auth.oauth.schemas import IntrospectionSchema

router = Router(auth=ServiceClientAuth())

_HINT = {"type": "string", "enum": ["access_token", "refresh_token"], "description": "Optional; has no effect."}
_FORM = form_of("token", token_type_hint=_HINT)
_ONLY = {
    "type": "string",
    "enum": ["access_token"],
    "description": "Reports refresh tokens as inactive; for services that accept access tokens only.",
}


@router.post(
    "/introspect",
    response=responses_for(200, IntrospectionSchema, 401, 415),
    openapi_extra=form_of("token", token_type_hint=_HINT, only=_ONLY),
    exclude_none=True,
    summary="Introspect a token (RFC 7662)",
)
async def introspect(request: ASGIRequest) -> dict[str, Any]:
    sent = client_request_of(request)
    only = sent.parameters.get("only")
    if only not in (None, "access_token"):  # what is misspelt must not let refresh tokens pass
        raise InvalidRequest("The parameter only must be access_token, or absent.")
    return await introspect_token(runtime_of(request), sent.parameter("token"), access_only=only is not None)


@router.post(
    "/revoke",
    auth=ServiceClientAuth("revoke"),
    response=responses_for(200, dict, 401, 415),
    openapi_extra=_FORM,
    summary="Revoke a token and end its session (RFC 7009)",
)
async def revoke(request: ASGIRequest) -> dict[str, Any]:
    client = client_request_of(request)
    await revoke_token(
        runtime_of(request), client.parameter("token"), client_id=client.client_id, caller=caller_of(request)
    )
    return {}
