"""Service clients: `manage.py clients`, the setting SERVICE_CLIENTS, and how long a worker believes either."""

import re
from dataclasses import replace
from io import StringIO

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command

from auth.clients.registry import BELIEVED_SECONDS, ServiceClients
from auth.clients.secrets import hash_secret
from auth.errors import InvalidClient
from auth.models import ServiceClient
from auth.oauth import feed
from settings import env
from tests.conftest import unique_name
from tests.unit.clock import FakeClock


@sync_to_async
def manage(*arguments):
    """What `manage.py clients` prints."""
    out = StringIO()
    call_command("clients", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


async def added(client_id):
    """The secret of a new client."""
    [secret] = re.findall("client_secret: (.*)", await manage("add", client_id))
    return secret


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def clients(clock):
    return ServiceClients({}, clock=clock)


async def test_an_added_client_is_let_in_with_the_secret_that_was_shown(clients):
    name = unique_name("svc")

    assert await clients.verify(name, await added(name)) == name


async def test_only_a_hash_is_kept():
    name = unique_name("svc")
    secret = await added(name)

    stored = await ServiceClient.objects.filter(client_id=name).values().aget()

    assert stored["secret_hash"] == hash_secret(secret)
    assert secret not in str(stored)


async def test_a_secret_has_256_bits():
    assert re.fullmatch("ags_[0-9a-f]{64}", await added(unique_name("svc")))


async def test_no_two_secrets_are_alike():
    assert await added(unique_name("svc")) != await added(unique_name("svc"))


async def test_a_list_names_clients_and_shows_no_secret():
    name = unique_name("svc")
    secret = await added(name)

    shown = await manage("list")

    assert re.search(rf"^{name} +added \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", shown, re.MULTILINE)
    assert secret not in shown
    assert hash_secret(secret) not in shown


async def test_a_client_cannot_be_added_twice():
    name = unique_name("svc")
    await added(name)

    with pytest.raises(CommandError, match=f"The client {name} exists already"):
        await manage("add", name)


@pytest.mark.parametrize("client_id", ["", "a b", "a:b", "ä", "x" * 65, "a/b"])
async def test_an_id_that_could_not_be_sent_is_refused(client_id):
    with pytest.raises(CommandError, match="is not a client id"):
        await manage("add", client_id)


async def test_an_unknown_client_cannot_be_removed():
    with pytest.raises(CommandError, match="There is no client"):
        await manage("remove", unique_name("svc"))


async def test_a_removed_client_is_refused_as_soon_as_a_worker_reads_again(clients, clock):
    name = unique_name("svc")
    secret = await added(name)
    await clients.verify(name, secret)
    await manage("remove", name)
    clock.advance(BELIEVED_SECONDS)

    with pytest.raises(InvalidClient):
        await clients.verify(name, secret)


async def test_until_then_the_database_is_not_asked(clients, clock):
    name = unique_name("svc")
    secret = await added(name)
    await clients.verify(name, secret)
    await manage("remove", name)
    clock.advance(BELIEVED_SECONDS - 0.01)

    assert await clients.verify(name, secret) == name


async def test_a_client_added_meanwhile_is_let_in_as_soon_as_a_worker_reads_again(clients, clock):
    with pytest.raises(InvalidClient):
        await clients.verify("nobody", "x")
    name = unique_name("svc")
    secret = await added(name)
    clock.advance(BELIEVED_SECONDS)

    assert await clients.verify(name, secret) == name


async def test_a_new_secret_takes_the_place_of_the_old_one(clients):
    name = unique_name("svc")
    old = await added(name)
    await manage("remove", name)
    await added(name)

    with pytest.raises(InvalidClient):
        await clients.verify(name, old)


async def test_a_client_of_the_setting_is_let_in():
    clients = ServiceClients({"gateway": hash_secret("s")})

    assert await clients.verify("gateway", "s") == "gateway"


async def test_the_setting_wins_over_the_database():
    name = unique_name("svc")
    secret = await added(name)

    with pytest.raises(InvalidClient):
        await ServiceClients({name: hash_secret("another")}).verify(name, secret)


@pytest.mark.parametrize("secret", ["", hash_secret("")])
async def test_a_client_without_a_secret_is_let_in_by_nobody(secret):
    with pytest.raises(InvalidClient):
        await ServiceClients({"open": hash_secret("")}).verify("open", secret)


def test_the_setting_is_read_as_pairs(monkeypatch):
    a, b = hash_secret("a"), hash_secret("b")
    monkeypatch.setenv("SERVICE_CLIENTS", f"orders:{a}, gate.way-1:{b}")

    assert {"orders": a, "gate.way-1": b} == env.read().SERVICE_CLIENTS


def test_no_setting_is_no_client():
    assert env.read().SERVICE_CLIENTS == {}


@pytest.mark.parametrize("value", ["orders", "orders:plain-secret", "orders:", f"a b:{'0' * 64}", f"orders:{'0' * 63}"])
def test_a_setting_that_is_no_pair_is_refused_without_repeating_it(monkeypatch, value):
    monkeypatch.setenv("SERVICE_CLIENTS", value)

    with pytest.raises(SystemExit) as stopped:
        env.read()

    assert str(stopped.value).startswith("authgate: SERVICE_CLIENTS: ")
    assert "plain-secret" not in str(stopped.value)


async def test_the_feed_of_a_removed_client_ends_once_the_worker_knows(runtime, clients):
    name = unique_name("reader")
    await clients.verify(name, await added(name))
    known = replace(runtime, service_clients=clients)
    events = await feed.stream(known, client_id=name, last_event_id="", abort=lambda: None)
    assert await anext(events)

    await manage("remove", name)
    await clients.read()

    assert [chunk async for chunk in events] == []
