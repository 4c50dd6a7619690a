"""Storing records in batches: an outage delays them, a bad one blocks no other."""

from collections.abc import Callable

import structlog
from asgiref.sync import sync_to_async
from django.db import DataError, Error, IntegrityError

from auth.audit.record_writing import Record, write
from auth.models import SecurityEvent

log = structlog.get_logger("authgate.recorder")

_MAX_FAILURES = 3
"""Failures in a row after which the records of a batch are tried one by one."""

_insert = sync_to_async(write)


class Batches:
    """`parked` is called for records that are abandoned."""

    def __init__(self, *, parked: Callable[[int], None]) -> None:
        self._parked = parked
        self._failures = 0
        self.left: list[Record] = []
        """What is still to be stored."""

    async def store(self) -> None:
        """Store the remaining records. Raises the database's Error if that is not possible now."""
        records, self.left = self.left, []  # a caller that is cancelled meanwhile must not store them again
        try:
            await _insert(records)
        except Exception as error:
            self._failures += 1
            self.left = records
            if _may_be_an_outage(error) and self._failures < _MAX_FAILURES:
                raise
            await self._store_each(records)
        self._failures = 0

    async def _store_each(self, records: list[Record]) -> None:
        """One by one. A record is at fault when its data are, or when one behind it can be stored and it cannot."""
        suspects: list[Record] = []
        for index, record in enumerate(records, start=1):
            self.left = [*suspects, *records[index:]]
            try:
                await _insert([record])
            except Exception as error:
                if not _may_be_an_outage(error):
                    self._park([record], error)
                    continue
                suspects.append(record)
                self.left = [*suspects, *records[index:]]
                if len(suspects) == _MAX_FAILURES:
                    raise
            else:
                self._park(suspects)
                suspects = []
        self.left = suspects

    def _park(self, records: list[Record], error: Exception | None = None) -> None:
        """Only the log line remains. Records contain no secrets, but the caller's own text, which is left out."""
        for record in records:
            cause = type(error).__name__ if error else "Error"
            kind = record.event_type if isinstance(record, SecurityEvent) else "login_history"
            log.error("record_parked", cause=cause, kind=kind, user_id=record.user_id)
        if records:
            self._parked(len(records))


def _may_be_an_outage(error: Exception) -> bool:
    """Whether a retry with the same records may succeed."""
    return isinstance(error, Error) and not isinstance(error, DataError | IntegrityError)
