"""Django middleware of the API: every error has the contract's shape."""

from collections.abc import Awaitable, Callable

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware

from app import errors
from app.http import refused_bodies
from auth.http.context import state_of

Handler = Callable[[ASGIRequest], Awaitable[HttpResponseBase]]


@async_only_middleware
def contract_errors(get_response: Handler) -> Handler:
    """Rewrites the bare errors of Django and Ninja (404, 405, 500)."""

    async def middleware(request: ASGIRequest) -> HttpResponseBase:
        response = await get_response(request)
        if match := request.resolver_match:
            state_of(request.scope).route = match.route
        if response.status_code >= 400:
            response = await refused_bodies.counted(request, response)
            if response.get("Content-Type") != "application/json":
                response = _rewritten(response)
        return response

    return middleware


def _rewritten(response: HttpResponseBase) -> HttpResponse:
    rewritten = errors.respond(errors.of_status(response.status_code))
    if "Allow" in response:
        rewritten["Allow"] = response["Allow"]
    return rewritten
