"""Successful logins that their owner may want to know of. Looked for behind the answer, never in its way."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Max, Q, QuerySet

from auth.models import SecurityEvent, UserLoginHistory

Earlier = QuerySet[UserLoginHistory]

FAILURES = 5
FAILURES_WITHIN = timedelta(hours=1)


def suspicions(logins: Sequence[UserLoginHistory]) -> list[SecurityEvent]:
    """Events for the successes among these, which are stored already: a batch may hold the failures before them."""
    events: list[SecurityEvent | None] = []
    for login in logins:
        if login.is_successful and login.user_id is not None:
            earlier = UserLoginHistory.objects.filter(user=login.user_id, pk__lt=login.pk)
            events += [_new_device(login, earlier), _after_failures(login, earlier)]
    return [event for event in events if event]


def _new_device(login: UserLoginHistory, earlier: Earlier) -> SecurityEvent | None:
    """Neither this address nor this program has been seen in the account's earlier logins, and there were some."""
    earlier = earlier.filter(is_successful=True)
    is_seen = earlier.filter(Q(ip_address=login.ip_address) | Q(user_agent=login.user_agent)).exists()
    return None if is_seen or not earlier.exists() else _event(login, {"kind": "new_device"})


def _after_failures(login: UserLoginHistory, earlier: Earlier) -> SecurityEvent | None:
    """Failures since the last success, so that one attack is told of once."""
    recent = earlier.filter(login_time__gte=login.login_time - FAILURES_WITHIN)
    last_success = recent.filter(is_successful=True).aggregate(pk=Max("pk"))["pk"] or 0
    failures = recent.filter(is_successful=False, pk__gt=last_success).count()
    return _event(login, {"kind": "success_after_failures", "failures": failures}) if failures >= FAILURES else None


def _event(login: UserLoginHistory, details: dict[str, object]) -> SecurityEvent:
    return SecurityEvent(
        user_id=login.user_id,
        event_type=SecurityEvent.Type.SUSPICIOUS_ACTIVITY,
        ip_address=login.ip_address,
        user_agent=login.user_agent,
        details=details,
        timestamp=login.login_time,
    )
