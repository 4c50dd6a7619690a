"""One account a name and an address, in any spelling: the database itself sees to it."""

import pytest
from asgiref.sync import sync_to_async
from django.db import IntegrityError, connection, transaction

from auth.models import User
from tests.conftest import unique_name

SPELLINGS = [
    pytest.param(("{}lee", "{}LEE"), id="case"),
    pytest.param(("{}lee", "{}ｌｅｅ"), id="full width"),
    pytest.param(("{}ss", "{}ß"), id="sharp s"),
    pytest.param(("{}\u00e9", "{}e\u0301"), id="normal form"),
]


@pytest.fixture(params=SPELLINGS)
def spellings(request):
    name = unique_name()
    return [text.format(name) for text in request.param]


def address(name):
    return f"{name}@example.com"


def in_own_transaction(work):
    with transaction.atomic():
        return work()


@sync_to_async
def refused(work):
    """Whether the database refuses, and for which column."""
    with pytest.raises(IntegrityError) as caught:
        in_own_transaction(work)
    return str(caught.value)


@sync_to_async
def created(**columns):
    return User.objects.create_user(**columns)


async def test_create_refuses_another_spelling_of_a_name(spellings):
    first, second = spellings
    await created(username=first)

    assert "username_key" in await refused(lambda: User.objects.create_user(username=second))


async def test_create_refuses_another_spelling_of_an_address(spellings):
    first, second = spellings
    await created(username=unique_name(), email=address(first))

    assert "email_key" in await refused(lambda: User.objects.create_user(unique_name(), email=address(second)))


async def test_bulk_create_refuses_another_spelling(spellings):
    rows = [User(username=name, password="!") for name in spellings]

    assert "username_key" in await refused(lambda: User.objects.bulk_create(rows))


async def test_bulk_create_refuses_another_spelling_of_an_address(spellings):
    rows = [User(username=unique_name(), email=address(name), password="!") for name in spellings]

    assert "email_key" in await refused(lambda: User.objects.bulk_create(rows))


async def test_update_refuses_another_spelling(spellings):
    first, second = spellings
    await created(username=first)
    other = await created(username=unique_name())

    assert "username_key" in await refused(lambda: User.objects.filter(pk=other.pk).update(username=second))


async def test_update_refuses_another_spelling_of_an_address(spellings):
    first, second = spellings
    await created(username=unique_name(), email=address(first))
    other = await created(username=unique_name())

    assert "email_key" in await refused(lambda: User.objects.filter(pk=other.pk).update(email=address(second)))


@pytest.mark.parametrize("update_fields", [None, ["username"]])
async def test_save_refuses_another_spelling(spellings, update_fields):
    first, second = spellings
    await created(username=first)
    other = await created(username=unique_name())
    other.username = second

    assert "username_key" in await refused(lambda: other.save(update_fields=update_fields))


async def test_the_database_refuses_what_goes_past_the_models():
    first, second = await created(username=unique_name()), await created(username=unique_name())

    def copy():
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE users SET username_key = (SELECT username_key FROM users WHERE id = %s) WHERE id = %s",
                [first.pk, second.pk],
            )

    assert "username_key" in await refused(copy)


async def test_an_account_is_found_in_any_spelling(spellings):
    first, second = spellings
    user = await created(username=first)

    assert await sync_to_async(User.objects.get_by_natural_key)(second) == user


async def test_a_changed_name_is_found_and_the_old_one_is_free(spellings):
    first, second = spellings
    user = await created(username=first)
    user.username = unique_name()
    await user.asave()

    assert not await User.objects.identified_by(first).aexists()
    assert (await created(username=second)).pk != user.pk


async def test_any_number_of_accounts_may_have_no_address():
    users = [await created(username=unique_name()) for _ in range(3)]

    assert {user.email for user in users} == {""}
    assert {user.email_key for user in users} == {None}


async def test_an_address_given_back_is_free_again():
    mail = address(unique_name())
    user = await created(username=unique_name(), email=mail)
    await User.objects.filter(pk=user.pk).aupdate(email="")

    assert (await created(username=unique_name(), email=mail)).pk != user.pk


async def test_a_name_is_no_address_and_an_address_no_name():
    name = unique_name()
    user = await created(username=name, email=address(name))

    assert await User.objects.identified_by(name).aget() == user
    assert await User.objects.identified_by(address(name)).aget() == user
    assert not await User.objects.identified_by(f"{name}@").aexists()
