"""Suspicious logins, detected in the background after the response."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import Error, connection, transaction
from django.db.models import QuerySet

from auth.models import SecurityEvent, User, UserLoginHistory

log = structlog.get_logger("authgate.recorder")

Earlier = QuerySet[UserLoginHistory]

FAILURES = 5
FAILURES_WITHIN = timedelta(hours=1)
HISTORY = timedelta(days=90)
MOST = 500
"""Earlier logins that are looked at, and failures: an account may have any number of them."""
TIMEOUT_MS = 500


def find_suspicious(logins: Sequence[UserLoginHistory]) -> list[SecurityEvent]:
    """Events for the successes among these records, which are stored already: a batch may have the failures too.

    Never delays or prevents the records: a check that takes too long is skipped.
    """
    successes = [login for login in logins if login.is_successful and login.user_id is not None]
    if not successes:
        return []
    try:
        with transaction.atomic():
            limit = _limit_time()
            found = [event for login in successes for event in _of(login)]
            _restore_time(limit)
    except Error as error:
        log.warning("suspicion_not_checked", logins=len(successes), cause=type(error).__name__)
        return []
    return found


def _of(login: UserLoginHistory) -> list[SecurityEvent]:
    earlier = UserLoginHistory.objects.filter(user=login.user_id, pk__lt=login.pk).order_by("-login_time", "-pk")
    seen = earlier.filter(is_successful=True, login_time__gte=login.login_time - HISTORY)
    known = list(seen.values_list("pk", "ip_address", "user_agent")[:MOST])
    events = [_new_device(login, known), _after_failures(login, earlier, last_success=known[0][0] if known else 0)]
    return [event for event in events if event]


def _new_device(login: UserLoginHistory, known: Sequence[tuple[int, str | None, str]]) -> SecurityEvent | None:
    """Neither this address nor this program has been seen in the account's earlier logins, and there were some."""
    if any(login.ip_address == address or login.user_agent == agent for _, address, agent in known):
        return None
    had_some = known or User.objects.filter(pk=login.user_id, last_login__lt=login.login_time).exists()
    return _event(login, {"kind": "new_device"}) if had_some else None


def _after_failures(login: UserLoginHistory, earlier: Earlier, *, last_success: int) -> SecurityEvent | None:
    """Failures since the last success, so that one attack is reported once."""
    recent = earlier.filter(login_time__gte=login.login_time - FAILURES_WITHIN, is_successful=False)
    failures = len(recent.filter(pk__gt=last_success).values_list("pk")[:MOST])
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


def _limit_time() -> str:
    """A time of their own for these statements; it ends with them, or with the transaction. Returns the former one."""
    if connection.vendor != "postgresql":
        return ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        former = str(cursor.fetchone()[0])
        _restore_time(f"{TIMEOUT_MS}ms")
    return former


def _restore_time(limit: str) -> None:
    if limit:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [limit])
