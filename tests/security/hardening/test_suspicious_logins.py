"""Suspicious logins, and the signal for integrators."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from auth.audit import suspicious_logins
from auth.audit.record_writing import write
from auth.audit.suspicious_logins import FAILURES
from auth.models import SecurityEvent, UserLoginHistory
from auth.signals import security_event
from tests.conftest import client_of, eventually, unique_address
from tests.integration.calls import try_login

WRONG = "not the password"
FIREFOX, CURL = "Firefox/128", "curl/8"


async def attempt(application, name, *, address, agent=FIREFOX, password=None):
    async with client_of(application, address=address) as client:
        client.headers["User-Agent"] = agent
        return await (try_login(client, name, password) if password else try_login(client, name))


def suspicious(user):
    return SecurityEvent.objects.filter(user=user, event_type="suspicious_activity")


async def written(user, count):
    """Wait until so many logins of the account are recorded, and with them what they give reason to suspect."""

    async def are_there():
        return await UserLoginHistory.objects.filter(user=user).acount() == count

    await eventually(are_there)


async def kinds(user):
    return [event.details["kind"] async for event in suspicious(user).order_by("id")]


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy Postgres may take longer than half a second, after which nothing is suspected."""
    monkeypatch.setattr(suspicious_logins, "TIMEOUT_MS", 30_000)


@pytest.fixture
async def known(application, account):
    """An account that has logged in from an address, which is returned too."""
    ann, home = await account(), unique_address()
    await attempt(application, ann.user.username, address=home)
    await written(ann.user, 1)
    return ann.user, home


async def test_the_first_login_is_not_suspicious(known):
    user, _ = known

    assert await kinds(user) == []


async def test_a_new_program_at_a_new_address_is_a_new_device(application, known):
    user, _ = known
    away = unique_address()

    await attempt(application, user.username, address=away, agent=CURL)

    event = await eventually(suspicious(user).afirst)
    assert (event.details, event.ip_address, event.user_agent) == ({"kind": "new_device"}, away, CURL)


async def test_the_same_device_is_new_once(application, known):
    user, _ = known
    away = unique_address()
    for count in (2, 3):
        await attempt(application, user.username, address=away, agent=CURL)
        await written(user, count)

    assert await kinds(user) == ["new_device"]


@pytest.mark.parametrize(("moves", "agent"), [(True, FIREFOX), (False, CURL), (False, FIREFOX)])
async def test_a_known_program_or_a_known_address_is_not_suspicious(application, known, moves, agent):
    user, home = known

    await attempt(application, user.username, address=unique_address() if moves else home, agent=agent)

    await written(user, 2)
    assert await kinds(user) == []


async def test_a_success_after_many_failures_is_suspicious(application, known):
    user, home = known
    for _ in range(FAILURES):
        await attempt(application, user.username, address=home, password=WRONG)
    await attempt(application, user.username, address=home)

    event = await eventually(suspicious(user).afirst)
    assert event.details == {"kind": "success_after_failures", "failures": FAILURES}


async def test_a_few_failures_are_human(application, known):
    user, home = known
    for _ in range(FAILURES - 1):
        await attempt(application, user.username, address=home, password=WRONG)
    await attempt(application, user.username, address=home)

    await written(user, FAILURES + 1)
    assert await kinds(user) == []


async def test_failures_and_success_in_one_batch_are_seen(known):
    """As they come from a fast attacker, or after an outage of the database."""
    user, home = known
    outcomes = [False] * FAILURES + [True]

    await sync_to_async(write)(
        [UserLoginHistory(user=user, ip_address=home, user_agent=FIREFOX, is_successful=good) for good in outcomes]
    )

    assert await kinds(user) == ["success_after_failures"]


async def test_an_attack_is_told_of_once(application, known):
    user, home = known
    for _ in range(FAILURES):
        await attempt(application, user.username, address=home, password=WRONG)
    for _ in range(3):
        await attempt(application, user.username, address=home)

    await written(user, 1 + FAILURES + 3)
    assert await kinds(user) == ["success_after_failures"]


async def test_the_owner_sees_it(application, client, account, known):
    user, _ = known
    body = (await attempt(application, user.username, address=unique_address(), agent=CURL)).json()
    await eventually(suspicious(user).afirst)

    headers = {"Authorization": f"Bearer {body['access_token']}"}
    entries = (await client.get("/api/auth/security-events", headers=headers)).json()["entries"]

    assert "suspicious_activity" in [entry["event_type"] for entry in entries]


@contextmanager
def receiver(receive):
    security_event.connect(receive)
    try:
        yield
    finally:
        security_event.disconnect(receive)


async def test_integrators_receive_every_stored_event(application, account):
    received = []

    def receive(*, event, **_):
        received.append((event.pk, event.user_id, event.event_type, SecurityEvent.objects.filter(pk=event.pk).exists()))

    ann = await account()
    with receiver(receive):
        await attempt(application, ann.user.username, address=unique_address())

        async def is_received():
            return [entry for entry in received if entry[1:] == (ann.user.pk, "login_success", True)]

        [(pk, *_)] = await eventually(is_received)
    assert await SecurityEvent.objects.filter(pk=pk).aexists()


async def test_a_receiver_that_fails_costs_no_record_and_no_other_receiver(application, account):
    received = []

    def broken(**_):
        raise ZeroDivisionError

    def receive(*, event, **_):
        received.append(event.user_id)

    ann = await account()
    with receiver(broken), receiver(receive):
        for count in (1, 2):
            assert (await attempt(application, ann.user.username, address=unique_address())).status_code == 200
            await written(ann.user, count)

    assert received.count(ann.user.pk) >= 2


def logins_of(user, *outcomes, agent=FIREFOX, **columns):
    return [UserLoginHistory(user=user, user_agent=agent, is_successful=good, **columns) for good in outcomes]


async def test_no_more_of_a_long_history_is_read_than_its_newest_part(known, monkeypatch):
    """An account may have any number of entries."""
    user, _ = known
    monkeypatch.setattr(suspicious_logins, "MOST", 3)
    await sync_to_async(write)(logins_of(user, *[True] * 5, agent=CURL))
    away = {"ip_address": unique_address()}

    @sync_to_async
    def statements():
        with CaptureQueriesContext(connection) as captured:
            write(logins_of(user, True, **away))
        return [query["sql"] for query in captured if 'FROM "user_login_history"' in query["sql"]]

    read = await statements()
    assert len(read) == 2
    assert all("LIMIT 3" in sql for sql in read)
    assert await kinds(user) == ["new_device", "new_device"]  # curl was new, and Firefox is by now


async def test_a_new_device_after_a_long_absence_is_told_of(account):
    ann = (await account()).user
    long_ago = timezone.now() - suspicious_logins.HISTORY - timedelta(days=1)
    await sync_to_async(write)(logins_of(ann, True, ip_address=unique_address(), login_time=long_ago))
    await sync_to_async(write)(logins_of(ann, True, ip_address=unique_address(), agent=CURL))

    assert await kinds(ann) == ["new_device"]
