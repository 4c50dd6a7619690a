"""Routes of /api/auth that send a message, and those that accept its token."""

from typing import Any

from django.core.handlers.asgi import ASGIRequest
from ninja import Router, Status

from auth.accounts.password_reset import ask_for_reset, reset_password
from auth.accounts.schemas import EmailTokenSchema, NewPasswordSchema, PasswordResetSchema
from auth.accounts.verify_email import ask_for_verification, confirm_address
from auth.authentication.bearer import JWTAuth
from auth.http.context import context_of, principal_of, runtime_of
from auth.http.openapi import WITH_BODY, responses_for
from auth.http.schemas import MessageSchema

router = Router()


@router.post(
    "/password-reset",
    response=responses_for(202, MessageSchema, 401, *WITH_BODY),
    summary="Request a password reset by e-mail",
)
async def password_reset(request: ASGIRequest, data: PasswordResetSchema) -> Status[dict[str, Any]]:
    await ask_for_reset(runtime_of(request), email=data.email, context=context_of(request))
    return Status(202, {"message": "If an account has this e-mail address, an e-mail has been sent to it."})


@router.post(
    "/password-reset/confirm",
    response=responses_for(200, MessageSchema, 401, *WITH_BODY),
    summary="Set a new password with the token from the e-mail, and end every session",
)
async def confirm_password_reset(request: ASGIRequest, data: NewPasswordSchema) -> dict[str, Any]:
    await reset_password(runtime_of(request), token=data.token, new=data.new_password, context=context_of(request))
    return {"message": "Your password has been changed. All sessions were ended: log in with the new password."}


@router.post(
    "/verify-email",
    auth=JWTAuth(),
    response=responses_for(202, MessageSchema, 401),
    summary="Request an e-mail to verify the own address",
)
async def verify_email(request: ASGIRequest) -> Status[dict[str, Any]]:
    await ask_for_verification(runtime_of(request), principal_of(request), context=context_of(request))
    return Status(202, {"message": "An e-mail has been sent to the address, unless it is verified already."})


@router.post(
    "/verify-email/confirm",
    response=responses_for(200, MessageSchema, 401, *WITH_BODY),
    summary="Verify an e-mail address with the token from the e-mail",
)
async def confirm_email(request: ASGIRequest, data: EmailTokenSchema) -> dict[str, Any]:
    await confirm_address(runtime_of(request), token=data.token, context=context_of(request))
    return {"message": "Your e-mail address has been verified."}
