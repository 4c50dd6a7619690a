"""Routes of /api/auth about an account: register, read it, change its password."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from ninja import Router, Status

from auth.accounts import counts
from auth.accounts.change_password import replace_own_password
from auth.accounts.register import Registration, register_account
from auth.accounts.schemas import (
    AdminSchema,
    ChangePasswordResponseSchema,
    ChangePasswordSchema,
    ProtectedSchema,
    RegisterSchema,
)
from auth.authentication.bearer import AdminJWTAuth, EndingJWTAuth, JWTAuth
from auth.http.context import context_of, principal_of, runtime_of
from auth.http.openapi import TOKEN_MODE, WITH_BODY, responses_for, taking
from auth.http.responses import JSONResponse
from auth.principal import Principal
from auth.sessions import token_transport as tokens
from auth.sessions.schemas import (
    TokenResponseSchema,
    UserSchema,
)

router = Router()


@router.post(
    "/register",
    response=responses_for(201, TokenResponseSchema, 401, 409, *WITH_BODY),
    openapi_extra=taking(TOKEN_MODE),
    summary="Create an account",
)
async def register(request: ASGIRequest, response: HttpResponse, data: RegisterSchema) -> Status[dict[str, Any]]:
    deliver = tokens.delivery(request, response)
    wanted = Registration(
        username=data.username,
        email=data.email,
        password=data.password,
        first_name=data.first_name or "",
        last_name=data.last_name or "",
    )
    login = await register_account(runtime_of(request), wanted, context_of(request))
    return Status(201, {**deliver(login.pair), "user": login.user})


@router.get("/me", auth=JWTAuth(), response=responses_for(200, UserSchema, 401), summary="Get the own account")
async def me(request: ASGIRequest) -> JSONResponse:
    """The profile, serialised when it was cached; a test compares it with the schema."""
    principal: Principal = request.auth  # type: ignore[attr-defined]
    return JSONResponse(principal.profile)


@router.post(
    "/change-password",
    auth=EndingJWTAuth("change-password"),
    response=responses_for(200, ChangePasswordResponseSchema, 401, *WITH_BODY),
    openapi_extra=taking(TOKEN_MODE),
    summary="Change the password and end every other session",
)
async def change_password(request: ASGIRequest, response: HttpResponse, data: ChangePasswordSchema) -> dict[str, Any]:
    deliver = tokens.delivery(request, response)
    pair = await replace_own_password(
        runtime_of(request),
        principal_of(request),
        old=data.old_password,
        new=data.new_password,
        context=context_of(request),
    )
    return {"message": "Your password has been changed. All other sessions were ended.", **deliver(pair)}


@router.get(
    "/protected", auth=JWTAuth(), response=responses_for(200, ProtectedSchema, 401), summary="A protected route"
)
async def protected(request: ASGIRequest) -> dict[str, Any]:
    principal = principal_of(request)
    message = f"Hello, {principal.account['username']}! This is a protected route."
    return {"message": message, "user_id": principal.user_id, "timestamp": runtime_of(request).clock()}


@router.get(
    "/admin-only", auth=AdminJWTAuth(), response=responses_for(200, AdminSchema, 401), summary="A route for staff"
)
async def admin_only(request: ASGIRequest) -> dict[str, Any]:
    total, active = await counts.users()
    message = f"Hello, admin {principal_of(request).account['username']}!"
    return {"message": message, "users_count": total, "active_users_count": active}
