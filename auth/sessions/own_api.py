"""Routes of /api/auth about a user's own sessions and records."""

from typing import Annotated, Any
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from ninja import Router
from pydantic import Field

from auth.authentication.bearer import EndingJWTAuth, JWTAuth
from auth.core.pagination import MAX_LIMIT
from auth.http.context import caller_of, principal_of, runtime_of
from auth.http.openapi import responses_for
from auth.http.schemas import MessageSchema
from auth.sessions import own_sessions, records
from auth.sessions.schemas import LoginHistorySchema, SecurityEventsSchema, SessionsSchema

router = Router(auth=JWTAuth())

Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]


@router.get("/sessions", response=responses_for(200, SessionsSchema, 401, 422), summary="List own sessions")
async def sessions(request: ASGIRequest, limit: Limit = 50, cursor: str | None = None) -> dict[str, Any]:
    principal = principal_of(request)
    page = await own_sessions.list_sessions(runtime_of(request), principal, limit=limit, cursor=cursor)
    return {"sessions": [own_sessions.shown(row, principal) for row in page.rows], "next_cursor": page.next_cursor}


@router.delete(
    "/sessions/{uuid:sid}",
    auth=EndingJWTAuth("end-session"),
    response=responses_for(200, MessageSchema, 401, 404),
    summary="End one own session",
)
async def end_session(request: ASGIRequest, sid: UUID) -> dict[str, Any]:
    await own_sessions.end_one(runtime_of(request), principal_of(request), sid, caller_of(request))
    return {"message": "Session ended."}


@router.delete(
    "/sessions",
    auth=EndingJWTAuth("end-sessions"),
    response=responses_for(200, MessageSchema, 401, 422),
    summary="End all other sessions, or all",
)
async def end_sessions(request: ASGIRequest, all: bool = False) -> dict[str, Any]:  # noqa: A002, FBT001, FBT002  the query's name
    """All sessions except this one; with `?all=true`, this one too."""
    end = own_sessions.end_all if all else own_sessions.end_others
    await end(runtime_of(request), principal_of(request), caller_of(request))
    return {"message": "All sessions ended." if all else "All other sessions ended."}


@router.get("/login-history", response=responses_for(200, LoginHistorySchema, 401, 422), summary="List own logins")
async def login_history(request: ASGIRequest, limit: Limit = 50, cursor: str | None = None) -> dict[str, Any]:
    page = await records.login_history(principal_of(request), limit=limit, cursor=cursor)
    return {"entries": [records.shown_login(row) for row in page.rows], "next_cursor": page.next_cursor}


@router.get(
    "/security-events", response=responses_for(200, SecurityEventsSchema, 401, 422), summary="List own security events"
)
async def security_events(request: ASGIRequest, limit: Limit = 50, cursor: str | None = None) -> dict[str, Any]:
    page = await records.security_events(principal_of(request), limit=limit, cursor=cursor)
    return {"entries": [records.shown_event(row) for row in page.rows], "next_cursor": page.next_cursor}
