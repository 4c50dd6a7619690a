"""What a request carries: the runtime, the caller, and the principal behind its token."""

from django.core.handlers.asgi import ASGIRequest

from auth.caller import Caller
from auth.principal import Principal
from auth.runtime import Runtime


def runtime_of(request: ASGIRequest) -> Runtime:
    runtime: Runtime = request.scope["state"]["runtime"]
    return runtime


def caller_of(request: ASGIRequest) -> Caller:
    caller: Caller = request.scope["state"]["caller"]
    return caller


def principal_of(request: ASGIRequest) -> Principal:
    principal: Principal = request.auth  # type: ignore[attr-defined]
    return principal
