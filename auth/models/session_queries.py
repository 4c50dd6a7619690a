"""The most frequent statements, compiled once from the ORM.

They are the ORM's own SQL for the default database, and rows become models by the ORM's own converters.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.db.models.sql import UpdateQuery

from auth.models import Session, User
from auth.models.session import SessionQuerySet

_SESSION = [field.attname for field in Session._meta.concrete_fields]
_USER = [field.attname for field in User._meta.concrete_fields]
_ANY = UUID(int=0)


def session_with_user(sid: UUID) -> Session | None:
    """The session and its account in one statement, whatever its state."""
    sql, converters = _select()
    with connection.cursor() as cursor:
        cursor.execute(sql, [_key(sid)])
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    for index, (functions, expression) in converters.items():
        for function in functions:
            values[index] = function(values[index], expression, connection)
    session = Session.from_db("default", _SESSION, values[: len(_SESSION)])
    session.user = User.from_db("default", _USER, values[len(_SESSION) :])
    return session


def rotate(sid: UUID, *, generation: int, following: int, now: datetime) -> bool:
    """Advance a session from `generation` to `following`, unless it moved on or was revoked. One caller succeeds."""
    moment = _moment(now)
    with connection.cursor() as cursor:
        cursor.execute(_update(), [following, moment, moment, generation, _key(sid)])
        return bool(cursor.rowcount)


def update_last_used(uses: Iterable[tuple[UUID, int, datetime]]) -> None:
    """When sessions were last used, and of which generation. Others write too: neither column ever goes back."""
    rows = [(_moment(moment), generation, _key(sid)) for sid, generation, moment in uses]
    with connection.cursor() as cursor:
        cursor.executemany(_use(), rows)


def _key(sid: UUID) -> Any:
    return Session._meta.pk.get_db_prep_value(sid, connection)


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


@cache
def _select() -> tuple[str, dict[int, Any]]:
    compiler: Any = (
        Session.objects.select_related("user").filter(pk=_ANY).order_by().query.get_compiler(connection=connection)
    )
    sql, _ = compiler.as_sql()
    return sql, compiler.get_converters(column[0] for column in compiler.select)


@cache
def _update() -> str:
    now = datetime.now(UTC)
    rows = Session.objects.filter(pk=_ANY, generation=1, revoked_at=None)
    return _updating(rows, generation=1, rotated_at=now, last_used_at=now)


@cache
def _use() -> str:
    latest = Greatest(F("last_used_at"), Value(datetime.now(UTC)))
    newest = Greatest(F("seen_generation"), Value(0))
    return _updating(Session.objects.filter(pk=_ANY), last_used_at=latest, seen_generation=newest)


def _updating(rows: SessionQuerySet, **values: Any) -> str:
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    sql, _ = query.get_compiler(connection=connection).as_sql()
    return str(sql)
