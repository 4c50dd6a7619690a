"""Version, epoch and the revocation log: what raises them, and what never lowers them."""

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import PBKDF2SHA1PasswordHasher, make_password
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Upper

from auth.models import Revocation, User
from auth.revocation.model_signals import GONE
from tests.conftest import unique_name

OLD_HASH = PBKDF2SHA1PasswordHasher().encode("x" * 12, "salt", iterations=1000)
PATHS = ["save", "save one field", "update", "bulk_update"]
SHOWN = {
    "first_name": "Ann",
    "last_name": "Lee",
    "is_staff": True,
    "is_superuser": True,
    "email": None,
    "username": None,
}
ENDING = {"is_active": False, "password": "!"}
SILENT = {"last_login": "2026-01-01T00:00:00Z", "date_joined": "2026-01-01T00:00:00Z"}


def value_of(name, values):
    return values[name] if values[name] is not None else unique_name() + "@example.com" * (name == "email")


def change(user, path, **values):
    """Change columns of an account by one of the ways that Django offers."""
    fresh = User.objects.get(pk=user.pk)
    for name, value in values.items():
        setattr(fresh, name, value)
    if path == "save":
        fresh.save()
    elif path == "save one field":
        fresh.save(update_fields=list(values))
    elif path == "update":
        User.objects.filter(pk=user.pk).update(**values)
    else:
        User.objects.bulk_update([fresh], list(values))


@pytest.fixture
async def user():
    return await sync_to_async(User.objects.create_user)(unique_name())


async def counters(user):
    return await User.objects.values_list("version", "epoch").aget(pk=user.pk)


async def logged(user):
    return [(row.version, row.epoch) async for row in Revocation.objects.filter(user_id=user.pk)]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("column", SHOWN)
async def test_a_change_of_what_is_shown_raises_the_version(user, path, column):
    await sync_to_async(change)(user, path, **{column: value_of(column, SHOWN)})

    assert await counters(user) == (1, 0)
    assert await logged(user) == [(1, 0)]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("column", ENDING)
async def test_a_change_that_ends_sessions_raises_the_epoch_too(user, path, column):
    await sync_to_async(change)(user, path, **{column: ENDING[column]})

    assert await counters(user) == (1, 1)
    assert await logged(user) == [(1, 1)]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("column", SILENT)
async def test_any_other_change_raises_nothing(user, path, column):
    await sync_to_async(change)(user, path, **{column: SILENT[column]})

    assert await counters(user) == (0, 0)
    assert await logged(user) == []


async def test_a_save_that_changes_nothing_raises_nothing(user):
    await user.asave()

    assert await counters(user) == (0, 0)
    assert await logged(user) == []


async def test_a_stale_copy_does_not_lower_the_counters(user):
    stale = await User.objects.aget(pk=user.pk)
    await sync_to_async(change)(user, "update", is_active=False)

    stale.first_name = "Ann"
    await stale.asave()

    version, epoch = await counters(user)
    assert version >= 2
    assert epoch >= 1


async def test_counters_cannot_be_set_by_a_save(user):
    user.version = user.epoch = 99
    await user.asave(update_fields=["version", "epoch", "first_name"])

    assert await counters(user) == (0, 0)


async def test_a_saved_copy_knows_its_counters(user):
    user.is_active = False
    await user.asave()

    assert (user.version, user.epoch) == await counters(user)


async def test_a_bulk_update_concerns_each_row_that_it_touches():
    prefix = unique_name()
    users = [await sync_to_async(User.objects.create_user)(f"{prefix}x{number}") for number in range(3)]
    await User.objects.filter(pk__in=[user.pk for user in users[:2]]).aupdate(is_active=False)

    assert [await counters(user) for user in users] == [(1, 1), (1, 1), (0, 0)]
    assert [await logged(user) for user in users] == [[(1, 1)], [(1, 1)], []]


async def test_an_expression_counts_like_a_value(user):
    await User.objects.filter(pk=user.pk).aupdate(first_name=Upper(F("username")))

    assert await counters(user) == (1, 0)


async def test_a_filter_on_the_changed_column_finds_its_rows_to_the_end(user):
    """The rows are chosen before the change: afterwards is_active=True would find none of them."""
    assert await User.objects.filter(pk=user.pk, is_active=True).aupdate(is_active=False) == 1

    assert await counters(user) == (1, 1)


async def test_a_stronger_hash_raises_nothing(user):
    old, new = OLD_HASH, make_password("x" * 12)
    await sync_to_async(change)(user, "update", password=old)
    before = await counters(user)

    assert await sync_to_async(User.objects.filter(pk=user.pk).rehash)(old=old, new=new) == 1

    assert await counters(user) == before
    assert (await User.objects.aget(pk=user.pk)).password == new


async def test_a_stronger_hash_does_not_undo_a_new_password(user):
    old, new = OLD_HASH, make_password("x" * 12)
    await sync_to_async(change)(user, "update", password="!")

    assert await sync_to_async(User.objects.filter(pk=user.pk).rehash)(old=old, new=new) == 0


@pytest.mark.parametrize("in_bulk", [False, True])
async def test_a_deletion_is_logged_as_final(user, in_bulk):
    key = user.pk
    await (User.objects.filter(pk=key).adelete() if in_bulk else user.adelete())

    assert [(row.version, row.epoch) async for row in Revocation.objects.filter(user_id=key)] == [(GONE, GONE)]


async def test_what_is_rolled_back_is_not_logged(user):
    @sync_to_async
    def roll_back():
        with transaction.atomic():
            change(user, "update", is_active=False)
            transaction.set_rollback(True)

    await roll_back()

    assert await counters(user) == (0, 0)
    assert await logged(user) == []


async def test_a_new_account_is_not_logged(user):
    assert await logged(user) == []
