"""Writing many new rows: COPY on Postgres, bulk inserts on SQLite."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
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
        for values in _prepared(rows):
            copy.write_row(values)


def _prepared(rows: Sequence[Model]) -> Iterator[list[Any]]:
    """The values of each row as the database takes them, in a list that is used again for the next row.

    Rows of a run share most values, and a value is prepared once as long as it stays the same object.
    """
    fields, database = rows[0]._meta.concrete_fields, connections[DEFAULT_DB_ALIAS]
    given: list[Any] = [object()] * len(fields)
    prepared: list[Any] = [None] * len(fields)
    for row in rows:
        for index, field in enumerate(fields):
            value = field.pre_save(row, add=True)
            if value is not given[index]:
                given[index] = value
                prepared[index] = field.get_db_prep_save(value, database)
        yield prepared
