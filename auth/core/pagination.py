"""Cursor paging over rows ordered by a time and a key, newest first.

A cursor names the last row shown, so new rows do not shift the pages.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from auth.errors import ValidationFailed

MAX_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Page[Row: Model]:
    """`next_cursor` is None on the last page."""

    rows: Sequence[Row]
    next_cursor: str | None


def page[Row: Model](rows: QuerySet[Row], *, by: str, limit: int, cursor: str | None) -> Page[Row]:
    """At most `limit` rows after the cursor, ordered by the time column `by`. One statement.

    Raises ValidationFailed for an invalid cursor.
    """
    ordered = rows.order_by(f"-{by}", "-pk")
    if cursor:
        ordered = ordered.filter(_after(cursor, by, rows.model))
    found = list(ordered[: limit + 1])
    shown = found[:limit]
    return Page(shown, _cursor(shown[-1], by) if len(found) > limit else None)


def _cursor(row: Model, by: str) -> str:
    text = f"{getattr(row, by).isoformat()} {row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _after(cursor: str, by: str, model: type[Model]) -> Q:
    try:
        moment_text, key = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        moment, pk = datetime.fromisoformat(moment_text), _key(model, key)
        is_utc = moment.utcoffset() == timedelta(0)  # as we write it; another offset may lead out of the calendar
    except (ValueError, binascii.Error) as error:
        raise _unknown_cursor() from error
    if not is_utc:
        raise _unknown_cursor()
    return Q(**{f"{by}__lt": moment}) | Q(**{by: moment, "pk__lt": pk})


def _key(model: type[Model], text: str) -> Any:
    """Raises ValueError if the text is not a key of this model."""
    try:
        return model._meta.pk.to_python(text)
    except ValidationError as error:
        raise ValueError(text) from error


def _unknown_cursor() -> ValidationFailed:
    problem = {
        "field": "cursor",
        "code": "unknown_cursor",
        "message": "is not a cursor of this list; start without one",
    }
    return ValidationFailed(details={"fields": [problem]})
