"""The migrations make the tables that the models describe."""

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import connection

from auth import models

TABLES = {
    models.BlacklistedToken: "blacklisted_tokens",
    models.UserLoginHistory: "user_login_history",
    models.SecurityEvent: "security_events",
    models.Session: "sessions",
    models.User: "users",
}


async def test_no_migration_is_missing():
    await sync_to_async(call_command)("makemigrations", check=True, dry_run=True, verbosity=0)


async def test_every_migration_is_applied():
    await sync_to_async(call_command)("migrate", check_unapplied=True, verbosity=0)


@pytest.mark.parametrize(("model", "table"), TABLES.items(), ids=TABLES.values())
async def test_each_model_has_its_table(model, table):
    assert model._meta.db_table == table
    assert table in await table_names()


@sync_to_async
def table_names():
    return connection.introspection.table_names()


@sync_to_async
def indexed_columns(table):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table).values()
    return [constraint["columns"] for constraint in constraints if constraint["index"] or constraint["unique"]]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("blacklisted_tokens", "expires_at"),
        ("blacklisted_tokens", "jti"),
        ("sessions", "expires_at"),
        ("sessions", "user_id"),
        ("user_login_history", "login_time"),
        ("user_login_history", "user_id"),
        ("security_events", "timestamp"),
        ("security_events", "user_id"),
        ("users", "username_key"),
        ("users", "email_key"),
    ],
)
async def test_what_is_searched_by_is_indexed(table, column):
    assert column in [columns[0] for columns in await indexed_columns(table)]


@sync_to_async
def column_names(table):
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


@pytest.mark.parametrize("table", ["blacklisted_tokens", "sessions"])
async def test_no_token_has_a_column(table):
    assert await column_names(table) & {"token", "refresh_token", "access_token", "token_hash"} == set()
