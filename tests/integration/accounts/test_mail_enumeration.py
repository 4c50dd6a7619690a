"""Nobody learns from asking for a new password who has an account: not by words, and not by time."""

import asyncio
import threading

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from auth.core.policies import Quota
from auth.email import queue
from auth.models import SecurityEvent, User
from tests.conftest import client_of, eventually, limited, serving, unique_address, unique_name
from tests.integration.calls import shape
from tests.integration.mail import ask_for_reset, sent


def nobody():
    return f"{unique_name()}@example.com"


@pytest.mark.parametrize("columns", [{}, {"is_active": False}, {"password": "!"}])
async def test_the_answer_for_a_known_address_is_that_for_an_unknown_one(settings, account, columns):
    known = (await account(**columns)).user.email
    policies = limited(settings.AUTH, mail_account=Quota(5, 3600))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        answers = [await ask_for_reset(client, email) for email in (known, nobody())]

    assert answers[0].status_code == 202
    assert shape(answers[0]) == shape(answers[1])


async def test_over_the_limit_both_look_alike(settings, account):
    known, unknown = (await account()).user.email, nobody()
    policies = limited(settings.AUTH, mail_account=Quota(1, 3600))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        for email in (known, unknown):
            assert (await ask_for_reset(client, email)).status_code == 202
        answers = [await ask_for_reset(client, email) for email in (known, unknown)]

    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].content == answers[1].content


async def test_only_whoever_can_log_in_by_password_is_sent_a_message(client, account, runtime):
    accounts = [await account(), await account(is_active=False), await account(password="!")]
    for email in [one.user.email for one in accounts] + [nobody()]:
        await ask_for_reset(client, email)

    counts = [len(await sent(runtime, one.user.email)) for one in accounts]

    assert counts == [1, 0, 0]


async def test_a_request_for_nobody_is_recorded_without_the_address(settings):
    address, email = unique_address(), nobody()
    async with serving(settings) as served, client_of(served, address=address) as client:
        await ask_for_reset(client, email)
        event = await eventually(SecurityEvent.objects.filter(ip_address=address).afirst)

    assert (event.event_type, event.user_id) == ("password_reset_requested", None)
    assert email not in str(event.details)


class Hanging(EmailBackend):
    """A mail server that does not answer until it is let go."""

    free = threading.Event()
    asked = threading.Event()

    def send_messages(self, messages):
        self.asked.set()
        self.free.wait()
        return super().send_messages(messages)


@pytest.fixture
def hanging(settings):
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.Hanging"}}
    yield Hanging
    Hanging.free.set()
    Hanging.free, Hanging.asked = threading.Event(), threading.Event()


async def test_no_answer_waits_for_a_mail_server_that_hangs(hanging, client, account, runtime):
    ann = (await account()).user.email
    await ask_for_reset(client, ann)
    assert await asyncio.to_thread(hanging.asked.wait, 30)

    async with asyncio.timeout(30):
        answers = [await ask_for_reset(client, email) for email in [ann, nobody()]]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert mail.outbox == []
    hanging.free.set()
    assert len(await sent(runtime, ann)) == 2


async def test_no_answer_waits_for_the_lookup(client, account, runtime, monkeypatch):
    ann, free = (await account()).user.email, asyncio.Event()
    found = User.objects.identified_by

    class Slow:
        def __init__(self, email):
            self.email = email

        async def afirst(self):
            await free.wait()
            return await found(self.email).afirst()

    monkeypatch.setattr(User.objects, "identified_by", Slow)
    async with asyncio.timeout(30):
        answers = [await ask_for_reset(client, email) for email in [ann, nobody()]]
    free.set()

    assert [answer.status_code for answer in answers] == [202, 202]
    assert len(await sent(runtime, ann)) == 1


async def test_when_too_many_messages_wait_all_are_told_to_come_back(client, account, runtime, monkeypatch):
    known = (await account()).user.email
    monkeypatch.setattr(queue, "CAPACITY", 0)

    answers = [await ask_for_reset(client, email) for email in (known, nobody())]

    assert {answer.status_code for answer in answers} == {503}
    assert int(answers[0].headers["retry-after"]) >= 1
    assert shape(answers[0]) == shape(answers[1])


async def test_a_request_that_the_full_queue_refuses_does_not_count(settings, account, monkeypatch):
    known = (await account()).user.email
    policies = limited(settings.AUTH, mail_account=Quota(1, 3600))
    async with serving(settings, policies=policies) as served, client_of(served, address=unique_address()) as client:
        with monkeypatch.context() as patched:
            patched.setattr(queue, "CAPACITY", 0)
            assert (await ask_for_reset(client, known)).status_code == 503

        assert (await ask_for_reset(client, known)).status_code == 202
