"""Tickets for sockets: issued at /api/auth, redeemed at /api/oauth."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from ninja import Body, Router

from auth.authentication.bearer import JWTAuth
from auth.authentication.clients import ServiceClientAuth, client_request_of, form_of
from auth.http.context import context_of, principal_of, runtime_of
from auth.http.openapi import WITH_BODY, responses_for
from auth.tickets import service as tickets
from auth.tickets.schemas import TicketClaimsSchema, TicketRequestSchema, TicketSchema

router = Router(auth=JWTAuth())
redemption_router = Router(auth=ServiceClientAuth())

_FORM = form_of("ticket")


@router.post("/ws-ticket", response=responses_for(200, TicketSchema, 401, *WITH_BODY), summary="Get a WebSocket ticket")
async def ws_ticket(request: ASGIRequest, data: Body[TicketRequestSchema | None] = None) -> dict[str, Any]:
    audience = data.audience if data else None
    ticket = await tickets.issue(
        runtime_of(request), principal_of(request), audience=audience, context=context_of(request)
    )
    return {"ticket": ticket, "expires_in": int(tickets.LIFETIME.total_seconds())}


@redemption_router.post(
    "/ws-ticket/redeem",
    response=responses_for(200, TicketClaimsSchema, 401, 415),
    openapi_extra=_FORM,
    exclude_none=True,
    summary="Redeem a WebSocket ticket",
)
async def redeem(request: ASGIRequest) -> dict[str, Any]:
    client = client_request_of(request)
    return await tickets.redeem(runtime_of(request), client.parameter("ticket"), client_id=client.client_id)
