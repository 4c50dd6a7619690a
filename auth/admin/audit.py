"""Administrators' actions, recorded as security events of the accounts concerned."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.handlers.asgi import ASGIRequest
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from auth.http.context import caller_of
from auth.models import SecurityEvent, User


def actor_of(request: HttpRequest) -> User:
    """The admin has authenticated this user."""
    return cast(User, request.user)


def record_act(request: HttpRequest, act: str, user_ids: Iterable[int | None], **details: Any) -> None:
    """Call it in the transaction of the action. `details` must not contain secrets."""
    caller = caller_of(cast(ASGIRequest, request))
    SecurityEvent.objects.bulk_create(
        SecurityEvent(
            user_id=user_id,
            event_type=SecurityEvent.Type.ACCOUNT_CHANGED,
            ip_address=caller.address or None,
            user_agent=caller.user_agent,
            details={"act": act, "actor": actor_of(request).pk, **details},
        )
        for user_id in user_ids
    )


def record_in_history(request: HttpRequest, rows: QuerySet[Model], act: str) -> None:
    """Django's own history of an object, which each page links to."""
    LogEntry.objects.log_actions(actor_of(request).pk, rows, CHANGE, f"{act}.")
