"""The upgrade to canonical addresses that know international domains and quotes: no account is lost, nothing silent."""

from importlib import import_module

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import IntegrityError, connection, models
from django.utils.timezone import now
from structlog.testing import capture_logs

from auth.maintenance.doctor import examine
from auth.models import User
from tests.conftest import unique_name

rewrite = import_module("auth.migrations.0004_canonical_addresses").rewrite


def before(**columns):
    """An account as older versions stored it: `email_key` is the address in small letters, or what is given."""
    user = User.objects.create_user(unique_name())
    models.QuerySet(User).filter(pk=user.pk).update(**{"email_key": columns["email"].casefold(), **columns})
    return user


@sync_to_async
def upgraded(*rows):
    """The accounts after the upgrade, and what it reported of them."""
    users = [before(**columns) for columns in rows]
    with capture_logs() as logs, connection.schema_editor() as editor:
        rewrite(apps, editor)
    return [User.objects.get(pk=user.pk) for user in users], logs


async def test_a_form_that_is_another_now_is_rewritten():
    name = unique_name()
    users, logs = await upgraded({"email": f"{name}@Bücher.example"}, {"email": f'"{name}"@b.example'})

    assert [user.email_key for user in users] == [f"{name}@xn--bcher-kva.example", f"{name}@b.example"]
    assert [user.email for user in users] == [f"{name}@Bücher.example", f'"{name}"@b.example']
    assert logs == []


async def test_one_s_new_form_may_be_another_s_old_one():
    """`straße` used to be stored as `strasse`; nobody has that form then, and here somebody else moves into it."""
    name = unique_name()
    users, logs = await upgraded(
        {"email": f"{name}@straße.example", "email_key": f"{name}@strasse.example"},
        {"email": f"{name}@strasse.example", "email_key": f"{name}@stale.example"},
    )

    assert [user.email_key for user in users] == [f"{name}@xn--strae-oqa.example", f"{name}@strasse.example"]
    assert logs == []


@pytest.mark.parametrize(("verified", "holder"), [((), 0), ((1,), 1), ((2,), 2), ((1, 2), 1)])
async def test_of_accounts_with_one_mailbox_the_verified_one_and_then_the_oldest_keeps_the_form(verified, holder):
    name = unique_name()
    addresses = [f'"{name}"@bücher.example', f"{name}@bücher.example", f"{name}@xn--bcher-kva.example"]
    moments = [now() if place in verified else None for place in range(3)]
    users, logs = await upgraded(
        *({"email": email, "email_verified_at": moment} for email, moment in zip(addresses, moments, strict=True))
    )
    others = [user for place, user in enumerate(users) if place != holder]

    assert users[holder].email_key == f"{name}@xn--bcher-kva.example"
    assert {user.email_key for user in others} == {None}
    assert [user.email for user in users] == addresses
    [line] = logs
    assert (line["event"], line["log_level"]) == ("address_collision", "warning")
    assert (line["holder"], sorted(line["without"])) == (users[holder].pk, [user.pk for user in others])


async def test_who_lost_the_form_logs_in_by_name_and_is_named_by_doctor_until_it_has_another_address():
    name = unique_name()
    (first, second), _ = await upgraded({"email": f'"{name}"@a.example'}, {"email": f"{name}@a.example"})

    assert await User.objects.identified_by(f"{name}@a.example").aget() == first
    assert await User.objects.identified_by(second.username).aget() == second
    assert str(second.pk) in await told_by_doctor()
    with pytest.raises(IntegrityError):
        await second.asave()
    second.email = f"{name}@b.example"
    await second.asave()
    assert str(second.pk) not in await told_by_doctor()


@sync_to_async
def told_by_doctor():
    return "".join(finding.text for finding in examine() if finding.subject == "addresses")


async def test_doing_it_again_changes_nothing():
    name = unique_name()
    users, _ = await upgraded({"email": f"{name}@bücher.example"}, {"email": f"{name}@xn--bcher-kva.example"})
    again, logs = await upgraded()

    assert again == []
    assert {user.pk for user in users} & {pk for line in logs for pk in [line["holder"], *line["without"]]} == set()
    assert (await User.objects.aget(pk=users[0].pk)).email_key == users[0].email_key
