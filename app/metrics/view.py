"""GET /metrics, for Prometheus alone."""

import asyncio

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from app.metrics import exposition
from app.metrics.snapshots import SnapshotDirectory
from auth.authentication.bearer import bearer_token
from auth.errors import InvalidToken
from auth.http.context import state_of


@require_safe
async def metrics(request: ASGIRequest) -> HttpResponse:
    """200 with the counts of all workers. Raises MissingToken, InvalidToken without METRICS_TOKEN, when one is set."""
    _admit(request)
    body = await asyncio.to_thread(exposition.text, SnapshotDirectory(settings.METRICS_DIR))
    return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _admit(request: ASGIRequest) -> None:
    """Raises MissingToken, InvalidToken."""
    expected = settings.METRICS_TOKEN
    if expected and not constant_time_compare(bearer_token(state_of(request.scope)), expected):
        raise InvalidToken
