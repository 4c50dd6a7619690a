"""Public metadata of this server: its keys and its OAuth endpoints."""

from functools import cache
from urllib.parse import urlsplit

import orjson
from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.views.decorators.http import require_safe

from app.views import api_docs
from auth.http.context import runtime_of
from auth.http.responses import JSONResponse
from auth.tokens import jwks

_CACHED = f"public, max-age={int(jwks.CACHE_LIFETIME.total_seconds())}"


@require_safe
async def jwk_set(request: ASGIRequest) -> HttpResponseBase:
    """RFC 7517 §5. Verifiers cache it as Cache-Control says, and revalidate with the entity tag."""
    document = jwks.document(runtime_of(request).keyring.current())
    # A proxy that compresses makes the tag a weak one, which is as good here (RFC 9110 §13.1.2).
    sent = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    is_known = document.etag in sent or sent == ["*"]
    response = (
        HttpResponseNotModified() if is_known else HttpResponse(document.text, content_type="application/jwk-set+json")
    )
    response["ETag"] = document.etag
    response["Cache-Control"] = _CACHED
    return response


@require_safe
async def authorization_server(request: ASGIRequest) -> HttpResponseBase:
    """RFC 8414 §3."""
    response = JSONResponse(_metadata(runtime_of(request).settings.issuer, has_docs=settings.DOCS_ENABLED))
    response["Cache-Control"] = _CACHED
    return response


@cache
def _metadata(issuer: str, *, has_docs: bool) -> bytes:
    """Tokens are issued by our own JSON login: there is no authorization endpoint and no OAuth grant to list.

    Empty members are left out (RFC 8414 §3.2), even response_types_supported, which §2 requires: empty, it is useless.
    """
    base = issuer.rstrip("/") if urlsplit(issuer).scheme else ""
    methods = ["client_secret_basic", "client_secret_post"]
    members: dict[str, object] = {
        "issuer": issuer,
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "introspection_endpoint": f"{base}/api/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": f"{base}/api/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
    }
    if has_docs:
        members["service_documentation"] = f"{base}/{api_docs.PAGE}"
    return orjson.dumps(members)
