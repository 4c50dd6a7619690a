"""A route of a deployment's own, as docs/protecting-routes.md has it."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from ninja import Router

from auth.security import JWTAuth, principal_of

router = Router()


@router.get("/mine", auth=JWTAuth())
async def mine(request: ASGIRequest) -> dict[str, Any]:
    return {"user_id": principal_of(request).user_id}
