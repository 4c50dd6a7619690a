"""A server does not wait for Postgres for ever: not for a lock, and not for one that says nothing."""

from contextlib import contextmanager

import psycopg
import pytest
from django.db import OperationalError, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from app.django_handler import database_timeouts

pytestmark = pytest.mark.skipif(
    "__import__('django.db').db.connection.vendor != 'postgresql'", reason="SQLite has no server"
)


@pytest.fixture
def connection():
    """A connection as a server makes them."""
    connection = connections.create_connection("default")
    connection.ensure_connection()
    database_timeouts.bound(connection)
    yield connection
    connection.close()


def run(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_the_server_s_default_isolation_is_not_ours(settings):
    options = {**settings.DATABASES["default"]["OPTIONS"], "options": "-c default_transaction_isolation=serializable"}
    connection = DatabaseWrapper({**connections["default"].settings_dict, "OPTIONS": options})
    try:
        connection.ensure_connection()
        with transaction_of(connection):
            assert run(connection, "SHOW transaction_isolation") == "read committed"
        database_timeouts.bound(connection)
        assert run(connection, "SHOW transaction_isolation") == "read committed"
    finally:
        connection.close()


@contextmanager
def transaction_of(connection):
    connection.set_autocommit(False)
    yield
    connection.rollback()
    connection.set_autocommit(True)


def test_within_the_bounds_nothing_is_different(connection):
    link = connection.connection

    assert run(connection, "SELECT 1") == 1
    assert run(connection, "SHOW lock_timeout") == f"{database_timeouts.LOCK_SECONDS}s"
    assert run(connection, "SHOW statement_timeout") == f"{database_timeouts.STATEMENT_SECONDS}s"
    assert connection.connection is link


def test_what_postgres_refuses_keeps_the_connection(connection):
    run(connection, "SELECT set_config('statement_timeout', '50ms', false)")
    with pytest.raises(OperationalError):
        run(connection, "SELECT pg_sleep(5)")

    assert run(connection, "SELECT 1") == 1


def test_a_lock_is_not_waited_for_longer_and_keeps_the_connection(connection):
    with psycopg.connect(connection.connection.info.dsn) as other:
        other.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(OperationalError) as refused:
            run(connection, "SELECT count(*) FROM users")

    assert isinstance(refused.value.__cause__, psycopg.errors.LockNotAvailable)  # and not the statement's own end
    assert run(connection, "SELECT count(*) FROM users") >= 0


@pytest.mark.parametrize("is_in_transaction", [False, True])
def test_silence_ends_the_connection_and_another_one_serves(connection, monkeypatch, is_in_transaction):
    monkeypatch.setattr(database_timeouts, "SILENCE_SECONDS", 0.2)
    link = connection.connection
    connection.set_autocommit(not is_in_transaction)
    with pytest.raises(OperationalError):
        run(connection, "SELECT pg_sleep(60)")  # which Postgres itself ends after STATEMENT_SECONDS, and goes on

    assert link.closed
    monkeypatch.undo()  # a busy Postgres may be silent for longer
    connection.close_if_unusable_or_obsolete()
    assert run(connection, "SELECT 1") == 1


def test_bounds_are_in_order():
    """What ends first is what is known to have failed."""
    assert database_timeouts.LOCK_SECONDS < database_timeouts.STATEMENT_SECONDS < database_timeouts.SILENCE_SECONDS
    assert issubclass(psycopg.errors.LockNotAvailable, psycopg.OperationalError)
