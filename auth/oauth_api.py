"""The routes of /api/oauth, for service clients: form-encoded, client authenticated."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from ninja import Router

from auth import forms
from auth.client_security import ServiceClientAuth, client_request_of
from auth.errors import InvalidRequest
from auth.routes import answers
from auth.schemas import IntrospectionSchema
from auth.security import caller_of, runtime_of
from auth.services import introspect as introspection
from auth.services.revoke_token import revoke_token

router = Router(auth=ServiceClientAuth())

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            forms.MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "required": ["token"],
                    "properties": {
                        "token": {"type": "string"},
                        "token_type_hint": {"type": "string", "enum": ["access_token", "refresh_token"]},
                        "client_id": {"type": "string", "description": "With client_secret, instead of HTTP Basic."},
                        "client_secret": {"type": "string"},
                    },
                }
            }
        },
    }
}


@router.post(
    "/introspect",
    response=answers(200, IntrospectionSchema, 401, 415),
    openapi_extra=_FORM,
    exclude_none=True,
    summary="What a token is worth now (RFC 7662)",
)
async def introspect(request: ASGIRequest) -> dict[str, Any]:
    return await introspection.introspect(runtime_of(request), _token(request))


@router.post(
    "/revoke",
    response=answers(200, dict, 401, 415),
    openapi_extra=_FORM,
    summary="End the session of a token (RFC 7009)",
)
async def revoke(request: ASGIRequest) -> dict[str, Any]:
    client_id = client_request_of(request).client_id
    await revoke_token(runtime_of(request), _token(request), client_id=client_id, caller=caller_of(request))
    return {}


def _token(request: ASGIRequest) -> str:
    try:
        return client_request_of(request).parameters["token"]
    except KeyError as error:
        raise InvalidRequest("The parameter token is missing.") from error
