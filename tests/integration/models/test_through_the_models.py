"""Every way that Django offers to end something either reaches the revocation log or raises with words."""

import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db.models import Count, F, Q
from django.db.models.functions import Lower, Now
from django.utils.timezone import now

from auth.models import BlacklistedToken, Revocation, Session, User
from tests.conftest import PASSWORD, eventually, unique_name
from tests.integration.calls import login, me, refresh


def revoke_by_save(session):
    session.revoked_at = now()
    session.save()


def revoke_by_saving_one_field(session):
    session.revoked_at = now()
    session.save(update_fields=["revoked_at"])


def revoke_by_bulk_update(session):
    session.revoked_at = now()
    Session.objects.bulk_update([session], ["revoked_at"])


def fixture(path, model, instance, **fields):
    path.write_text(json.dumps([{"model": model, "pk": str(instance.pk), "fields": fields}], default=str))
    call_command("loaddata", str(path), verbosity=0)


def load_revoked(session, path):
    values = {field.attname: getattr(session, field.attname) for field in Session._meta.concrete_fields}
    values = {name.removesuffix("_id"): value for name, value in values.items() if name not in ("id", "client_id")}
    fixture(path, "accounts.session", session, **values | {"client_id": session.client_id, "revoked_at": now()})


ENDINGS = {
    "save": revoke_by_save,
    "save of one field": revoke_by_saving_one_field,
    "update": lambda session: Session.objects.filter(pk=session.pk).update(revoked_at=now()),
    "update by an expression": lambda session: Session.objects.filter(pk=session.pk).update(revoked_at=Now()),
    "update of the account's": lambda session: session.user.auth_sessions.update(revoked_at=now()),
    "update by the base manager": lambda session: Session._base_manager.filter(pk=session.pk).update(revoked_at=now()),
    "bulk_update": revoke_by_bulk_update,
    "delete": lambda session: session.delete(),
    "delete of a query": lambda session: Session.objects.filter(pk=session.pk).delete(),
    "delete of the account's": lambda session: session.user.auth_sessions.all().delete(),
    "delete by the base manager": lambda session: Session._base_manager.filter(pk=session.pk).delete(),
    "a listed token": lambda session: BlacklistedToken.objects.create(
        jti=session.jti, user=session.user, token_type="access", reason="test", expires_at=now() + timedelta(hours=1)
    ),
}


@sync_to_async
def session_of(account, runtime):
    claims = runtime.access_tokens.verify(account.access_token)
    session = Session.objects.select_related("user").get(pk=claims.session)
    session.jti = claims.token_id  # type: ignore[attr-defined]  # for the tests alone
    return session


async def becomes_refused(client, token):
    async def is_refused():
        return (await me(client, token)).status_code == 401

    await eventually(is_refused)


@pytest.mark.parametrize("way", ENDINGS)
async def test_a_session_that_is_ended_through_its_model_is_over_for_live_tokens(client, account, runtime, way):
    ann = await account()
    assert (await me(client, ann.access_token)).status_code == 200
    await sync_to_async(ENDINGS[way])(await session_of(ann, runtime))

    await becomes_refused(client, ann.access_token)


async def test_a_fixture_that_revokes_a_session_ends_it(client, account, runtime, tmp_path):
    ann = await account()
    await me(client, ann.access_token)
    await sync_to_async(load_revoked)(await session_of(ann, runtime), tmp_path / "fixture.json")

    await becomes_refused(client, ann.access_token)


async def test_a_stale_copy_of_a_session_does_not_bring_it_back(client, account, runtime):
    ann = await account()
    session = await session_of(ann, runtime)
    await Session.objects.filter(pk=session.pk).aupdate(revoked_at=now())
    session.user_agent = "other"
    await session.asave()

    found = await Session.objects.aget(pk=session.pk)
    assert (found.revoked_at is not None, found.user_agent) == (True, "other")
    assert (await refresh(client, ann.refresh_token)).status_code == 401


async def test_a_session_that_is_over_cannot_be_called_live_again():
    with pytest.raises(ValueError, match="cannot be revived"):
        await Session.objects.all().aupdate(revoked_at=None)


async def test_what_ends_nothing_is_not_logged(account, runtime):
    ann = await account()
    session = await session_of(ann, runtime)
    await Session.objects.filter(pk=session.pk).aupdate(user_agent="other")
    await session.asave()

    assert not await Revocation.objects.filter(user_id=ann.user.pk).aexists()


@pytest.mark.parametrize("model", [User, Session])
async def test_rows_cannot_be_changed_past_the_log_by_inserting_them(model):
    with pytest.raises(TypeError, match="update_conflicts"):
        await model.objects.abulk_create([], update_conflicts=True, update_fields=["id"], unique_fields=["id"])


@pytest.mark.parametrize("manager", ["_base_manager", "_default_manager"])
async def test_a_ban_by_any_manager_ends_every_session(client, account, manager):
    ann = await account()
    await me(client, ann.access_token)
    await getattr(User, manager).filter(pk=ann.user.pk).aupdate(is_active=False)

    await becomes_refused(client, ann.access_token)


@sync_to_async
def load_account(path, user, **changes):
    """As `dumpdata` of stock Django writes it, which knows neither keys nor counters."""
    fields = {"username": user.username, "email": user.email, "password": user.password, "is_active": True, **changes}
    fixture(path, "accounts.user", user, **fields)


async def test_a_fixture_that_bans_ends_every_session_and_sets_no_counter_back(client, account, tmp_path):
    ann = await account()
    await User.objects.filter(pk=ann.user.pk).aupdate(first_name="Ann")
    await me(client, ann.access_token)
    await load_account(tmp_path / "fixture.json", ann.user, is_active=False)

    await becomes_refused(client, ann.access_token)
    found = await User.objects.aget(pk=ann.user.pk)
    assert (found.version, found.epoch) == (2, 1)


async def test_accounts_of_a_stock_fixture_can_log_in(client, tmp_path):
    for number in range(2):
        name = unique_name("Stock")
        user = User(
            pk=900_000_000 + int(name.rpartition("x")[2]) * 10 + number, username=name, email=f"{name}@Example.com"
        )
        user.set_password(PASSWORD)
        await load_account(tmp_path / "fixture.json", user)
        for spelling in (name.upper(), user.email.upper()):
            answer = await client.post("/api/auth/login", json={"username": spelling, "password": PASSWORD})
            assert answer.status_code == 200, answer.text


CHOSEN = {
    "annotate": lambda users: users.annotate(count=Count("auth_sessions")).filter(count__gte=1),
    "distinct": lambda users: users.filter(auth_sessions__client_id__isnull=False).distinct(),
    "an outer join": lambda users: users.filter(Q(auth_sessions__revoked_at=None) | Q(login_history__reason="none")),
    "an order": lambda users: users.order_by("auth_sessions__created_at"),
    "an annotation that is used": lambda users: users.annotate(lower=Lower("username")).order_by("lower"),
}


@pytest.mark.parametrize("way", CHOSEN)
async def test_accounts_may_be_chosen_by_any_query(client, account, way):
    ann = await account()
    await login(client, ann)  # two sessions: the join has two rows
    await CHOSEN[way](User.objects.filter(pk=ann.user.pk)).aupdate(is_active=False)

    found = await User.objects.aget(pk=ann.user.pk)
    assert (found.is_active, found.version, found.epoch) == (False, 1, 1)


async def test_an_annotation_may_be_written(account):
    ann = await account()
    await User.objects.filter(pk=ann.user.pk).annotate(other=Lower("username")).aupdate(first_name=F("other"))

    assert (await User.objects.aget(pk=ann.user.pk)).first_name == ann.user.username.lower()


async def test_a_slice_is_refused_as_django_does():
    with pytest.raises(TypeError, match="slice"):
        await User.objects.all()[:1].aupdate(is_active=False)


@sync_to_async
def rename(user, way, name):
    value = f"{name}@Example.com"
    if way == "bulk_update":
        user.username, user.email = name, value
        User.objects.bulk_update([user], ["username", "email"])
    else:
        User.objects.filter(pk=user.pk).update(first_name=value, last_name=name)
        User.objects.filter(pk=user.pk).update(username=F("last_name"), email=Lower("first_name"))


@pytest.mark.parametrize("way", ["bulk_update", "expressions"])
async def test_names_that_are_set_by_expressions_keep_their_keys_in_step(client, account, way):
    ann = await account()
    await User.objects.filter(pk=ann.user.pk).aupdate(email_verified_at=now())
    await rename(ann.user, way, name := unique_name("Ann"))

    found = await User.objects.aget(pk=ann.user.pk)
    assert (found.username_key, found.email_key) == (name.lower(), f"{name.lower()}@example.com")
    assert found.email_verified_at is None
    for spelling in (name, f"{name}@example.com"):
        answer = await client.post("/api/auth/login", json={"username": spelling, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
