"""A user's own login history and security events."""

from typing import Any

from asgiref.sync import sync_to_async

from auth.audit import user_agents
from auth.core.pagination import Page, page
from auth.models import SecurityEvent, UserLoginHistory
from auth.principal import Principal


async def login_history(principal: Principal, *, limit: int, cursor: str | None) -> Page[UserLoginHistory]:
    """Newest first. Raises ValidationFailed for an unknown cursor."""
    rows = UserLoginHistory.objects.filter(user_id=principal.user_id)
    return await sync_to_async(page)(rows, by="login_time", limit=limit, cursor=cursor)


async def security_events(principal: Principal, *, limit: int, cursor: str | None) -> Page[SecurityEvent]:
    """Newest first. Raises ValidationFailed for an unknown cursor."""
    rows = SecurityEvent.objects.filter(user_id=principal.user_id)
    return await sync_to_async(page)(rows, by="timestamp", limit=limit, cursor=cursor)


def shown_login(row: UserLoginHistory) -> dict[str, Any]:
    return {
        "login_time": row.login_time,
        "is_successful": row.is_successful,
        "reason": row.reason,
        "device": user_agents.describe(row.user_agent),
        "ip_address": row.ip_address,
        "user_agent": row.user_agent,
    }


def shown_event(row: SecurityEvent) -> dict[str, Any]:
    return {
        "event_type": row.event_type,
        "timestamp": row.timestamp,
        "details": row.details,
        "device": user_agents.describe(row.user_agent),
        "ip_address": row.ip_address,
        "user_agent": row.user_agent,
    }
