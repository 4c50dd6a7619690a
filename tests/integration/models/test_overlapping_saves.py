"""Two saves of one account at once: whatever their order, no session outlives an account that ends up disabled."""

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models.signals import pre_save

from auth.models import User
from tests.conftest import unique_name


@pytest.fixture
async def user():
    return await sync_to_async(User.objects.create_user)(unique_name(), is_active=False)


@sync_to_async
def overlap(saved, other):
    """Save `saved` while `other` runs elsewhere: it starts when the save has read what it will overwrite."""

    def elsewhere():
        try:
            return other()
        finally:
            connections.close_all()

    def on_pre_save(sender, instance, **_):
        if instance is saved:
            jobs.append(thread.submit(elsewhere))
            wait(jobs, timeout=0.5)  # one that waits for our lock goes on when we are done

    jobs: list[Any] = []
    with ThreadPoolExecutor(1) as thread:
        pre_save.connect(on_pre_save, sender=User)
        try:
            saved.save()
        finally:
            pre_save.disconnect(on_pre_save, sender=User)
        return jobs[0].result(10)


async def test_an_account_enabled_while_a_disabled_copy_is_saved_keeps_no_session_of_between(user):
    stale = await User.objects.aget(pk=user.pk)

    def enable():
        """What an administrator does; a login that follows carries the epoch returned."""
        User.objects.filter(pk=user.pk).update(is_active=True)
        return User.objects.get(pk=user.pk).epoch

    epoch_of_session = await overlap(stale, enable)

    after = await User.objects.aget(pk=user.pk)
    assert after.is_active or after.epoch > epoch_of_session
