"""Routes of /api/auth that start, rotate and end the session of the caller."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from ninja import Body, Router

from auth.authentication.bearer import EndingJWTAuth
from auth.http.context import caller_of, context_of, principal_of, runtime_of
from auth.http.openapi import TOKEN_MODE, WITH_BODY, responses_for, taking
from auth.http.schemas import MessageSchema
from auth.sessions import token_transport as tokens
from auth.sessions.login import log_in
from auth.sessions.logout import log_out
from auth.sessions.refresh import refresh_session
from auth.sessions.schemas import (
    LoginSchema,
    LogoutSchema,
    RefreshTokenSchema,
    TokenPairSchema,
    TokenResponseSchema,
)

router = Router()


_REFRESHED = {
    "description": "Whether this call rotated the session, or repeated a rotation whose response was lost.",
    "schema": {"type": "string", "enum": ["rotated", "retried"]},
}


@router.post(
    "/login",
    response=responses_for(200, TokenResponseSchema, 401, *WITH_BODY),
    openapi_extra=taking(TOKEN_MODE),
    summary="Log in",
)
async def login(request: ASGIRequest, response: HttpResponse, data: LoginSchema) -> dict[str, Any]:
    deliver = tokens.delivery(request, response)
    login = await log_in(
        runtime_of(request), identifier=data.username, password=data.password, context=context_of(request)
    )
    return {**deliver(login.pair), "user": login.user}


@router.post(
    "/refresh",
    response=responses_for(200, TokenPairSchema, 401, *WITH_BODY),
    openapi_extra=taking(TOKEN_MODE, responses={200: {"headers": {"Authgate-Refresh": _REFRESHED}}}),
    summary="Get the next token pair",
)
async def refresh(
    request: ASGIRequest, response: HttpResponse, data: Body[RefreshTokenSchema | None] = None
) -> dict[str, Any]:
    deliver = tokens.delivery(request, response)
    sent = tokens.sent_refresh_token(request, data.refresh_token if data else None)
    refreshed = await refresh_session(runtime_of(request), sent, context_of(request))
    response["Authgate-Refresh"] = refreshed.outcome
    return deliver(refreshed.pair)


@router.post(
    "/logout",
    auth=EndingJWTAuth("logout"),
    response=responses_for(200, MessageSchema, 401, *WITH_BODY),
    openapi_extra=taking(TOKEN_MODE),
    summary="End the session",
)
async def logout(
    request: ASGIRequest, response: HttpResponse, data: Body[LogoutSchema | None] = None
) -> dict[str, Any]:
    sent = data.refresh_token if data else None
    tokens.forget(request, response)
    await log_out(runtime_of(request), principal_of(request), refresh_token=sent, caller=caller_of(request))
    return {"message": "You are logged out."}
