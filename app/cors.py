"""CORS for requests that ask for it."""

from typing import Any

from corsheaders.middleware import CorsMiddleware as Stock
from django.core.handlers.asgi import ASGIRequest
from django.http.response import HttpResponseBase


class CorsMiddleware(Stock):
    """django-cors-headers, entered by requests with an Origin only: it reads and writes nothing for others but Vary,
    which app/edge.py sends with every answer."""

    async def __acall__(self, request: ASGIRequest) -> HttpResponseBase:  # type: ignore[override]
        if any(name == b"origin" for name, _ in request.scope["headers"]):
            return await super().__acall__(request)
        answer: Any = self.get_response(request)
        response: HttpResponseBase = await answer
        return response
