"""A database that lost its newest commits, as after a failover to a replica that lagged."""

from asgiref.sync import sync_to_async
from django.db import connection

from auth.models import Revocation, RevocationHead
from auth.revocation.numbering import number_entries
from tests.unit.auth.revocation.revocations import new_session, write


@sync_to_async
def head():
    return RevocationHead.objects.get().position


@sync_to_async
def lose(after, *sql):
    """The log as a replica had it, and what else it lacked."""
    Revocation.objects.filter(position__gt=after).delete()
    Revocation.objects.filter(position=None).delete()
    RevocationHead.objects.update(position=after)
    with connection.cursor() as cursor:
        for statement, arguments in sql:
            cursor.execute(statement, arguments)


async def refill(count):
    """Other endings, in the places of those that were lost."""
    revoked = [new_session() for _ in range(count)]
    for entry in revoked:
        await write(entry)
    await sync_to_async(number_entries)()
    return revoked
