"""Successful logins that their owner may want to know of. Looked for behind the answer, never in its way."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Q

from auth.models import SecurityEvent, UserLoginHistory

FAILURES = 5
FAILURES_WITHIN = timedelta(hours=1)


def suspicions(logins: Sequence[UserLoginHistory]) -> list[SecurityEvent]:
    """Events for the successes among these, which are not stored yet."""
    successes = [login for login in logins if login.is_successful and login.user_id is not None]
    return [event for login in successes for event in (_new_device(login), _after_failures(login)) if event]


def _new_device(login: UserLoginHistory) -> SecurityEvent | None:
    """Neither this address nor this program has been seen in the account's earlier logins, and there were some."""
    earlier = UserLoginHistory.objects.filter(user=login.user_id, is_successful=True)
    is_seen = earlier.filter(Q(ip_address=login.ip_address) | Q(user_agent=login.user_agent)).exists()
    return None if is_seen or not earlier.exists() else _event(login, {"kind": "new_device"})


def _after_failures(login: UserLoginHistory) -> SecurityEvent | None:
    since = login.login_time - FAILURES_WITHIN
    failures = UserLoginHistory.objects.filter(
        user_id=login.user_id, is_successful=False, login_time__gte=since
    ).count()
    return _event(login, {"kind": "success_after_failures", "failures": failures}) if failures >= FAILURES else None


def _event(login: UserLoginHistory, details: dict[str, object]) -> SecurityEvent:
    return SecurityEvent(
        user_id=login.user_id,
        event_type=SecurityEvent.Type.SUSPICIOUS_ACTIVITY,
        ip_address=login.ip_address,
        user_agent=login.user_agent,
        details=details,
    )
