"""Client authentication of the OAuth endpoints (RFC 6749 §2.3.1)."""

import base64
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote_plus

from django.core.handlers.asgi import ASGIRequest
from ninja.security.base import AuthBase

from auth.caller import Caller
from auth.errors import InvalidClient, InvalidRequest
from auth.http import form_body
from auth.http.context import context_of, runtime_of
from auth.ratelimit.hits import Hit


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """What a handler finds in `request.auth`: the client, and the parameters it sent beside its credentials."""

    client_id: str
    parameters: dict[str, str] = field(repr=False)

    def parameter(self, name: str) -> str:
        """Raises InvalidRequest when it is missing."""
        try:
            return self.parameters[name]
        except KeyError as error:
            raise InvalidRequest(f"The parameter {name} is missing.") from error


class ServiceClientAuth(AuthBase):
    """Counts the call: those of each `kind` apart from all others.

    Raises InvalidClient, InvalidRequest (both methods at once, or two clients), RateLimited, UnsupportedMediaType,
    ServiceUnavailable.
    """

    openapi_type = "http"
    openapi_scheme = "basic"

    def __init__(self, kind: str = "") -> None:
        super().__init__()
        self._kind = kind

    async def __call__(self, request: ASGIRequest) -> ClientRequest:  # type: ignore[override]
        has_form = request.method != "GET"
        parameters = form_body.parse(request.body, content_type=request.content_type) if has_form else {}
        client_id, secret = _credentials(request, parameters)
        runtime = runtime_of(request)
        await runtime.service_clients.verify(client_id, secret)
        subject = f"{client_id} {self._kind}" if self._kind else client_id
        await runtime.limits.reserve(context_of(request), Hit(runtime.settings.policies.introspect, subject))
        return ClientRequest(client_id, parameters)


async def recognise_client(request: ASGIRequest) -> Caller:
    """The caller, with the service client that sent the field `Authgate-Client: Basic …`, if there is one.

    It is what Ninja asks, before it reads the body, for every route that names no authentication of its own.
    The credentials are 256 random bits, and are compared with what the worker has read: one SHA-256, no slow hash.
    Raises InvalidClient, InvalidRequest (the field comes twice), ServiceUnavailable.
    """
    fields = [value for name, value in request.scope["headers"] if name == b"authgate-client"]
    if len(fields) > 1:
        raise InvalidRequest("Send the header Authgate-Client once.")
    context = context_of(request)
    if fields:
        client_id, secret = _basic(fields[0].decode("latin-1"))
        client_id = await runtime_of(request).service_clients.verify(client_id, secret)
        context.caller = context.caller._replace(client_id=client_id)
    return context.caller


def form_of(required: str, **others: Any) -> dict[str, Any]:
    """OpenAPI of a route whose form has a parameter that is `required`, those of the client, and `others`."""
    text = {"type": "string"}
    instead = text | {"description": "With client_secret, instead of HTTP Basic."}
    properties = {required: text, **others, "client_id": instead, "client_secret": text}
    schema = {"type": "object", "required": [required], "properties": properties}
    return {"requestBody": {"required": True, "content": {form_body.MEDIA_TYPE: {"schema": schema}}}}


def client_request_of(request: ASGIRequest) -> ClientRequest:
    return cast(ClientRequest, request.auth)  # type: ignore[attr-defined]


def _credentials(request: ASGIRequest, parameters: dict[str, str]) -> tuple[str, str]:
    posted_id, posted_secret = parameters.pop("client_id", ""), parameters.pop("client_secret", "")
    fields = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if not fields:
        return posted_id, posted_secret
    if len(fields) > 1 or posted_secret:
        raise InvalidRequest("Authenticate the client by one method only.")
    client_id, secret = _basic(fields[0].decode("latin-1"))
    if posted_id not in ("", client_id):
        raise InvalidRequest("The form names another client than the Authorization header. Leave its client_id out.")
    return client_id, secret


def _basic(value: str) -> tuple[str, str]:
    """Both halves are form-encoded before they are joined (RFC 6749 §2.3.1)."""
    scheme, _, encoded = value.partition(" ")
    try:
        client_id, separator, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as error:  # no ASCII, no base64, or no UTF-8
        raise InvalidClient from error
    if scheme.lower() != "basic" or not separator:
        raise InvalidClient
    return unquote_plus(client_id), unquote_plus(secret)
