"""What a handler asks of its request: runtime, context, caller, principal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.handlers.asgi import ASGIRequest

from auth.caller import Caller, RequestContext
from auth.principal import Principal
from auth.runtime import Runtime

STATE_KEY = "request"
"""Of scope["state"], where the outermost layer puts the request's state."""


@dataclass(slots=True)
class RequestState:
    """What the layers around a request and the routes tell each other."""

    runtime: Runtime
    context: RequestContext
    request_id: str
    abort: Callable[[], None]
    """Drops the connection, with all that the client has not read. Nothing happens once the answer is complete."""
    fields: Mapping[bytes, bytes]
    """The request's header fields; of one that is `repeated`, the last."""
    repeated: frozenset[bytes]
    """The names of fields that came more than once."""
    route: str = "unmatched"
    """The pattern of the route that answers."""
    is_head: bool = False
    """Whether the client asked by HEAD for what the application sees as GET."""


def state_of(scope: Mapping[str, Any]) -> RequestState:
    state: RequestState = scope["state"][STATE_KEY]
    return state


def runtime_of(request: ASGIRequest) -> Runtime:
    return state_of(request.scope).runtime


def context_of(request: ASGIRequest) -> RequestContext:
    return state_of(request.scope).context


def caller_of(request: ASGIRequest) -> Caller:
    return state_of(request.scope).context.caller


def principal_of(request: ASGIRequest) -> Principal:
    principal: Principal = request.auth  # type: ignore[attr-defined]
    return principal
