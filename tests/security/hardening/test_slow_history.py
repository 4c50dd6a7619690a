"""A history of logins that takes long to read: what it gives reason to suspect is not worth a record."""

from asgiref.sync import sync_to_async
from django.db import connection, transaction

from auth.audit import suspicious_logins
from auth.audit.record_writing import write
from auth.models import UserLoginHistory
from tests.conftest import unique_address
from tests.security.hardening.test_suspicious_logins import logins_of


async def test_a_history_that_cannot_be_read_in_time_costs_no_record(account, monkeypatch, caplog):
    user, home = (await account()).user, unique_address()
    await sync_to_async(write)(logins_of(user, True, ip_address=home))
    monkeypatch.setattr(suspicious_logins, "TIMEOUT_MS", 50)

    def slow(execute, sql, params, many, context):
        if sql.startswith("SELECT") and 'FROM "user_login_history"' in sql:
            execute("SELECT pg_sleep(5)", None, False, context)  # which SQLite fails to know
        return execute(sql, params, many, context)

    @sync_to_async
    def write_with_slow_history(records):
        with connection.execute_wrapper(slow):
            write(records)

    @sync_to_async
    def timeout():
        if connection.vendor != "postgresql":
            return ""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            return cursor.fetchone()[0]

    before = await timeout()
    await write_with_slow_history(logins_of(user, True, ip_address=home))

    assert await UserLoginHistory.objects.filter(user=user).acount() == 2
    assert "suspicion_not_checked" in [record.msg["event"] for record in caplog.records]
    assert await timeout() == before
