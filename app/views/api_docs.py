"""The API's schema and its documentation page, limited per address."""

from collections.abc import Callable, Coroutine
from functools import cache, wraps
from typing import Any

import orjson
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from app.api import api
from auth.http.context import context_of, runtime_of
from auth.http.responses import JSONResponse
from auth.ratelimit.hits import Hit

SCHEMA = "api/openapi.json"
PAGE = "api/docs"

View = Callable[[ASGIRequest], Coroutine[Any, Any, HttpResponse]]


def limited(view: View) -> View:
    """Counts the visit. Raises RateLimited."""

    @wraps(view)
    async def counted(request: ASGIRequest) -> HttpResponse:
        context, runtime = context_of(request), runtime_of(request)
        await runtime.limits.reserve(context, Hit(runtime.settings.policies.docs, context.caller.network))
        return await view(request)

    return counted


@require_safe
@limited
async def schema(request: ASGIRequest) -> HttpResponse:
    return JSONResponse(_schema())


@require_safe
@limited
async def page(request: ASGIRequest) -> HttpResponse:
    return HttpResponse(_page())


def prepare() -> None:
    """Generate both now: it takes some tenths of a second, and no request should wait for that."""
    _schema()
    _page()


@cache
def _schema() -> bytes:
    return orjson.dumps(api.get_openapi_schema(), option=orjson.OPT_NON_STR_KEYS)


@cache
def _page() -> bytes:
    shown = {"layout": "BaseLayout", "deepLinking": True, "url": f"/{SCHEMA}"}
    context = {"api": api, "swagger_settings": orjson.dumps(shown).decode()}
    return render_to_string("ninja/swagger.html", context).encode()
