"""Whether this process is alive, and whether it can serve."""

import orjson
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import Error
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from app import errors
from app.views.database_probe import DatabaseProbe
from auth.errors import ServiceUnavailable
from auth.http.context import runtime_of
from auth.runtime import Runtime

_probe = DatabaseProbe()


@require_safe
async def live(request: ASGIRequest) -> HttpResponse:
    """200 as long as the event loop runs. Uses no store: a restart of this process would not fix one."""
    return _json({"status": "alive"})


@require_safe
async def ready(request: ASGIRequest) -> HttpResponse:
    """200 if both stores respond and accept writes, and the revocation log has been read within a second.

    Else 503 naming what is missing.
    """
    runtime = runtime_of(request)
    parts = {
        "database": await _database(),
        "redis": await _redis(runtime),
        "revocations": "ok" if runtime.revocations.is_fresh() else "behind",
    }
    if set(parts.values()) == {"ok"}:
        return _json({"status": "ready", **parts})
    error = ServiceUnavailable(1.0, "The service is not ready. See details.")
    error.details = parts
    return errors.respond(error)


async def _database() -> str:
    try:
        return await sync_to_async(_probe.ask)()
    except (Error, ServiceUnavailable):  # it does not respond, or too many calls wait for it already
        return "unavailable"


async def _redis(runtime: Runtime) -> str:
    try:
        await runtime.store.probe()
    except ServiceUnavailable:
        return "unavailable"
    return "ok"


def _json(body: dict[str, str]) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")
