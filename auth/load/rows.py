"""Writing many new rows: COPY on Postgres, bulk inserts on SQLite."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model


def insert(rows: Sequence[Model]) -> None:
    """Store new rows of one model, with the values that the ORM would store, and set their keys.

    No save() and no signal runs: for new rows, none of ours has an effect.
    """
    model = type(rows[0])
    if connection.vendor == "postgresql":
        if rows[0].pk is None:
            _assign_keys(rows)
        _copy(rows)
    else:
        model._default_manager.bulk_create(rows)


def _assign_keys(rows: Sequence[Model]) -> None:
    meta = rows[0]._meta
    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
        cursor.execute(sequence, [meta.db_table, meta.pk.column, len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def _copy(rows: Sequence[Model]) -> None:
    meta = rows[0]._meta
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in meta.concrete_fields)
    statement = f"COPY {quoted(meta.db_table)} ({columns}) FROM STDIN"
    # Errors of a COPY do not pass through Django's cursor, which would translate them.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(list(_values(row)))


def _values(row: Model) -> Iterator[Any]:
    for field in row._meta.concrete_fields:
        yield field.get_db_prep_save(field.pre_save(row, add=True), connection)
