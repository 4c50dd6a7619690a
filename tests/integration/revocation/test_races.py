"""Two things at once happen to one account. What is to come second is held up until the first has happened."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from auth.models import User
from tests.conftest import PASSWORD, client_of, registration, serving, unique_name
from tests.integration.calls import change_password, logout, me, refresh, try_login
from tests.integration.hashing import hashing_held_up, waiting_for_a_hash
from tests.integration.mail import ask_for_reset, reset, token_sent
from tests.integration.token_checks import assert_dies


@pytest.fixture
async def served(settings):
    """An application with one hashing thread, its client, and an account with live tokens."""
    async with serving(settings, hash_threads=1) as application, client_of(application) as client:
        yield application, client, (await client.post("/api/auth/register", json=registration())).json()


async def during_login(served, act):
    """The answer to a right login during whose hashing `act` happens to the account."""
    application, client, body = served
    async with hashing_held_up(application):
        login = asyncio.create_task(try_login(client, body["user"]["username"]))
        await waiting_for_a_hash(application)
        await sync_to_async(act)(User.objects.filter(pk=body["user"]["id"]))
    return await login


async def test_a_login_to_an_account_that_is_deleted_meanwhile_is_401(served):
    answer = await during_login(served, lambda rows: rows.delete())

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_credentials"


@pytest.mark.parametrize("columns", [{"is_active": False}, {"password": "!"}], ids=["disabled", "password changed"])
async def test_a_login_during_which_sessions_end_opens_nothing(served, columns):
    _, client, _ = served

    answer = await during_login(served, lambda rows: rows.update(**columns))

    if answer.status_code == 200:
        assert (await refresh(client, answer.json()["refresh_token"])).status_code == 401
        await assert_dies(client, answer.json()["access_token"])
    else:
        assert answer.status_code == 401


@pytest.mark.parametrize("columns", [{"is_active": False}, {"password": "!"}], ids=["disabled", "password changed"])
async def test_a_change_of_password_does_not_undo_what_happened_meanwhile(served, columns):
    application, client, body = served
    async with hashing_held_up(application):
        change = asyncio.create_task(change_password(client, body["access_token"]))
        await waiting_for_a_hash(application)
        await sync_to_async(User.objects.filter(pk=body["user"]["id"]).update)(**columns)

    assert (await change).status_code == 401
    assert (await try_login(client, body["user"]["username"], f"new {PASSWORD}")).status_code == 401


async def test_a_change_of_password_in_an_ended_session_changes_nothing(served):
    application, client, body = served
    async with hashing_held_up(application):
        change = asyncio.create_task(change_password(client, body["access_token"]))
        await waiting_for_a_hash(application)
        assert (await logout(client, body["access_token"])).status_code == 200

    assert (await change).status_code == 401
    assert (await try_login(client, body["user"]["username"], PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    "columns",
    [{"is_active": False}, {"password": "!"}, {"email": f"{unique_name()}@example.com"}],
    ids=["disabled", "password taken away", "other address"],
)
async def test_a_forgotten_password_is_not_reset_on_an_account_that_changes_meanwhile(served, columns):
    application, client, body = served
    row, email = User.objects.filter(pk=body["user"]["id"]), body["user"]["email"]
    await ask_for_reset(client, email)
    token = await token_sent(application.runtime, email)
    async with hashing_held_up(application):
        confirmation = asyncio.create_task(reset(client, token))
        await waiting_for_a_hash(application)
        await sync_to_async(row.update)(**columns)
        meanwhile = await row.values("password", "epoch", "email_verified_at").aget()

    assert (await confirmation).json()["error"] == "invalid_email_token"
    assert await row.values("password", "epoch", "email_verified_at").aget() == meanwhile


@sync_to_async(thread_sensitive=False)
def delete(user):
    try:
        user.delete()
    finally:
        connections.close_all()


async def test_a_logout_of_an_account_that_is_deleted_meanwhile_is_clean(client, account):
    async def race():
        ann = await account()
        assert (await me(client, ann.access_token)).status_code == 200
        answer, _ = await asyncio.gather(logout(client, ann.access_token), delete(ann.user))
        return answer.status_code

    assert {await race() for _ in range(15)} <= {200, 401}


@contextmanager
def being_deleted(user):
    """Inside, the account is deleted in a transaction that is not committed before the end."""
    deleted, gate = threading.Event(), threading.Event()

    def delete():
        try:
            with transaction.atomic():
                user.delete()
                deleted.set()
                gate.wait(10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        job = thread.submit(delete)
        assert deleted.wait(5)
        try:
            yield
        finally:
            gate.set()
            job.result()


async def test_a_logout_that_waits_for_a_deletion_is_clean(client, account):
    ann = await account()
    assert (await me(client, ann.access_token)).status_code == 200
    with being_deleted(ann.user):
        ending = asyncio.create_task(logout(client, ann.access_token))
        await asyncio.wait([ending], timeout=0.3)
        assert not ending.done()

    assert (await ending).status_code == 200


async def test_a_registration_that_loses_the_race_for_a_name_is_409(client):
    wanted = registration()

    answers = await asyncio.gather(*(client.post("/api/auth/register", json=wanted) for _ in range(20)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
