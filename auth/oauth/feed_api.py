"""GET /api/oauth/revocations: the revocation feed, for service clients."""

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from auth.authentication.clients import ServiceClientAuth, client_request_of
from auth.http.context import state_of
from auth.http.openapi import responses_for
from auth.oauth import feed

router = Router(auth=ServiceClientAuth())

_MEDIA_TYPE = "text/event-stream"
_CONTENT_TYPE = f"{_MEDIA_TYPE}; charset=utf-8"
_EVENTS = {"description": "Server-sent events.", "content": {_MEDIA_TYPE: {"schema": {"type": "string"}}}}
_DOCUMENTED = {
    "parameters": [
        {
            "in": "header",
            "name": "Last-Event-ID",
            "required": False,
            "schema": {"type": "string"},
            "description": "The id of the last event received: the feed continues after it.",
        }
    ],
    "responses": {200: _EVENTS},
}


@router.get(
    "/revocations",
    response=responses_for(200, str, 401),
    openapi_extra=_DOCUMENTED,
    summary="Stream of revocations (server-sent events)",
)
async def revocations(request: ASGIRequest) -> HttpResponseBase:
    state = state_of(request.scope)
    if state.is_head:  # nothing would ever be sent, and nothing ends it
        return HttpResponse(content_type=_CONTENT_TYPE)
    events = await feed.stream(
        state.runtime,
        client_id=client_request_of(request).client_id,
        last_event_id=request.headers.get("Last-Event-ID", ""),
        abort=state.abort,
    )
    response = StreamingHttpResponse(events, content_type=_CONTENT_TYPE)
    response["Connection"] = "close"  # auth/revocation/feed/readers.py may cut it
    response["X-Accel-Buffering"] = "no"  # nginx would buffer events
    return response
