"""Writing login history and security events: one transaction per batch."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from auth.audit.suspicious_logins import find_suspicious
from auth.models import SecurityEvent, User, UserLoginHistory
from auth.signals import security_event

Record = UserLoginHistory | SecurityEvent


def write(records: Sequence[Record]) -> None:
    """Store the records and events of suspicious logins, then send `security_event` to its receivers."""
    with transaction.atomic():
        events = store(records)
    for event in events:
        security_event.send_robust(sender=SecurityEvent, event=event)


def store(records: Sequence[Record]) -> list[SecurityEvent]:
    """Store them inside a transaction, and return the events that are new, those of suspicious logins included.

    An account may have been deleted meanwhile: its records lose their owner, not their place.
    """
    wanted = {record.user_id for record in records if record.user_id is not None}
    known = set(User.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for record in records:
        record.pk = None  # what a transaction that failed gave it, another record may have by now
        record.user_id = record.user_id if record.user_id in known else None
    logins = [record for record in records if isinstance(record, UserLoginHistory)]
    UserLoginHistory.objects.bulk_create(logins)
    events = _store_events(
        [record for record in records if isinstance(record, SecurityEvent)] + find_suspicious(logins)
    )
    for user_id, moment in _last_logins(logins).items():
        User.objects.filter(pk=user_id).update(last_login=moment)
    return events


def _store_events(events: Sequence[SecurityEvent]) -> list[SecurityEvent]:
    """Those that are new: what has happened before under its key raises the count of that row."""
    new = [event for event in events if not event.merge_key]
    SecurityEvent.objects.bulk_create(new)
    return new + _merge([event for event in events if event.merge_key])


def _merge(events: Sequence[SecurityEvent]) -> list[SecurityEvent]:
    if not events:
        return []
    try:
        with transaction.atomic():
            return _raise_counts(events)
    except IntegrityError:  # of several concurrent workers, the first creates the row
        return _raise_counts(events)


def _raise_counts(events: Sequence[SecurityEvent]) -> list[SecurityEvent]:
    """Returns the events that have no row yet, which they get."""
    keys = [event.merge_key for event in events]
    known = {row.merge_key: row for row in SecurityEvent.objects.select_for_update().filter(merge_key__in=keys)}
    for event in events:
        if row := known.get(event.merge_key):
            row.details["count"] += event.details["count"]
    SecurityEvent.objects.bulk_update(known.values(), ["details"])
    new = [event for event in events if event.merge_key not in known]
    SecurityEvent.objects.bulk_create(new)
    return new


def _last_logins(logins: Sequence[UserLoginHistory]) -> dict[int, Any]:
    return {login.user_id: login.login_time for login in logins if login.is_successful and login.user_id is not None}
