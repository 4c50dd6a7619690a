"""When an address counts as verified: until it changes, whatever changes it."""

import pytest
from asgiref.sync import sync_to_async
from django.utils.timezone import now

from auth.models import User
from tests.conftest import unique_name


@pytest.fixture
async def user():
    """An account whose address is verified."""
    name = unique_name()
    user = await sync_to_async(User.objects.create_user)(name, email=f"{name}@example.com")
    await User.objects.filter(pk=user.pk).aupdate(email_verified_at=now())
    return await User.objects.aget(pk=user.pk)


async def is_verified(user):
    return (await User.objects.aget(pk=user.pk)).email_verified_at is not None


def save(user, **values):
    for name, value in values.items():
        setattr(user, name, value)
    user.save()


def save_named(user, **values):
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))


def update(user, **values):
    User.objects.filter(pk=user.pk).update(**values)


def update_or_create(user, **values):
    User.objects.update_or_create(pk=user.pk, defaults=values)


PATHS = [save, save_named, update, update_or_create]


@pytest.mark.parametrize("path", PATHS)
async def test_another_address_is_not_verified(user, path):
    await sync_to_async(path)(user, email=f"{unique_name()}@example.com")

    assert not await is_verified(user)


@pytest.mark.parametrize("path", PATHS)
async def test_another_spelling_is_another_address(user, path):
    await sync_to_async(path)(user, email=user.email.upper())

    assert not await is_verified(user)


@pytest.mark.parametrize("path", PATHS)
async def test_the_same_address_stays_verified(user, path):
    await sync_to_async(path)(user, email=user.email, first_name="Ann")

    assert await is_verified(user)


@pytest.mark.parametrize("path", [save_named, update, update_or_create])
async def test_a_new_address_is_not_verified_in_one_breath(user, path):
    await sync_to_async(path)(user, email=f"{unique_name()}@example.com", email_verified_at=now())

    assert not await is_verified(user)


async def test_a_stale_copy_does_not_bring_it_back(user):
    stale = await User.objects.aget(pk=user.pk)
    await sync_to_async(update)(user, email_verified_at=None)

    await sync_to_async(save)(stale, first_name="Ann")

    assert not await is_verified(user)


async def test_it_can_be_saved_by_name(user):
    await sync_to_async(update)(user, email_verified_at=None)

    await sync_to_async(save_named)(user, email_verified_at=now())

    assert await is_verified(user)


async def test_a_saved_copy_knows_that_it_was_cleared(user):
    await sync_to_async(save)(user, email=f"{unique_name()}@example.com")

    assert user.email_verified_at is None
