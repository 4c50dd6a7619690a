"""Deleting an account while something is being written about it."""

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from auth.models import SecurityEvent, User
from tests.conftest import eventually

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


@sync_to_async(thread_sensitive=False)
def hold(user, is_held, may_end):
    """Any change of the account in a transaction that stays open."""
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(pk=user.pk)
            is_held.set()
            may_end.wait(10)
    finally:
        connections.close_all()


@sync_to_async(thread_sensitive=False)
def delete(user):
    try:
        user.delete()
    finally:
        connections.close_all()


@sync_to_async
def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


async def test_a_record_that_comes_in_between_does_not_keep_an_account_from_being_deleted(account):
    ann = await account()
    is_held, may_end = threading.Event(), threading.Event()
    holder = asyncio.create_task(hold(ann.user, is_held, may_end))
    await asyncio.to_thread(is_held.wait, 10)
    deletion = asyncio.create_task(delete(ann.user))
    await eventually(somebody_waits_for_a_lock)
    await SecurityEvent.objects.acreate(user=ann.user, event_type="logout")
    may_end.set()
    await asyncio.gather(holder, deletion)

    assert not await User.objects.filter(pk=ann.user.pk).aexists()
