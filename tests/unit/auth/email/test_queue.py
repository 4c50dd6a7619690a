"""The queue of messages: bounded, patient, and never in anybody's way."""

import asyncio
import smtplib

import pytest
from django.core.mail import EmailMessage

from auth.email import queue as mail_queue
from auth.email.queue import CAPACITY, MailQueue
from auth.errors import ServiceUnavailable
from tests.conftest import at_work, eventually
from tests.unit.auth.email.server import ADDRESS, Server, letter, logged, nothing, until_idle


async def test_what_is_put_is_sent_in_order():
    server = Server()
    box = MailQueue(send=server.send)
    async with at_work(box):
        for subject in "abc":
            box.put(letter(subject))
        await until_idle(box)

    assert server.subjects == ["a", "b", "c"]


async def test_a_message_for_nobody_is_not_sent():
    server = Server()
    box = MailQueue(send=server.send)
    async with at_work(box):
        box.put(nothing)
        await until_idle(box)

    assert server.subjects == []


async def test_a_message_that_failed_is_tried_again_and_holds_up_no_other(caplog):
    server = Server(smtplib.SMTPServerDisconnected(ADDRESS))
    box = MailQueue(send=server.send, pauses=(0.01,))
    async with at_work(box):
        box.put(letter("a"))
        box.put(letter("b"))
        await until_idle(box)

    assert server.subjects == ["b", "a"]
    assert [(entry["cause"], entry["tries"]) for entry in logged(caplog, "mail_delayed")] == [
        ("SMTPServerDisconnected", 1)
    ]


async def test_a_message_is_written_once_however_often_it_is_tried():
    written = []

    async def write():
        written.append(1)
        return EmailMessage("a", "", to=[ADDRESS])

    server = Server(OSError(), OSError())
    box = MailQueue(send=server.send, pauses=(0, 0))
    async with at_work(box):
        box.put(write)
        await until_idle(box)

    assert (server.subjects, written) == (["a"], [1])


async def test_a_lookup_that_failed_is_tried_again():
    failures = [OSError()]

    async def write():
        if failures:
            raise failures.pop()
        return EmailMessage("a", "", to=[ADDRESS])

    server = Server()
    box = MailQueue(send=server.send, pauses=(0,))
    async with at_work(box):
        box.put(write)
        await until_idle(box)

    assert server.subjects == ["a"]


async def test_a_message_that_keeps_failing_is_given_up_and_told_of_without_address_or_token(caplog):
    server = Server(*[ValueError(f"{ADDRESS} 7.token")] * 3)
    box = MailQueue(send=server.send, pauses=(0, 0))
    async with at_work(box):
        box.put(letter())
        await until_idle(box)

    [entry] = logged(caplog, "mail_failed")
    assert (entry["cause"], entry["tries"]) == ("ValueError", 3)
    assert server.subjects == server.failures == []
    assert ADDRESS not in caplog.text
    assert "7.token" not in caplog.text


@pytest.mark.parametrize(
    "refusal",
    [
        smtplib.SMTPRecipientsRefused({ADDRESS: (550, b"no such user")}),
        smtplib.SMTPDataError(554, b"no"),
        smtplib.SMTPAuthenticationError(535, b"no"),
    ],
)
async def test_what_is_refused_for_good_is_not_tried_again(caplog, refusal):
    box = MailQueue(send=Server(refusal).send, pauses=(60,))
    async with at_work(box):
        box.put(letter())
        await until_idle(box)

    assert [entry["tries"] for entry in logged(caplog, "mail_failed")] == [1]


@pytest.mark.parametrize(
    "refusal", [smtplib.SMTPRecipientsRefused({ADDRESS: (451, b"later")}), smtplib.SMTPDataError(451, b"later")]
)
async def test_what_is_refused_for_now_is_tried_again(refusal):
    server = Server(refusal)
    box = MailQueue(send=server.send, pauses=(0,))
    async with at_work(box):
        box.put(letter())
        await until_idle(box)

    assert server.subjects == ["a"]


async def test_a_full_queue_takes_nothing_more(caplog):
    box = MailQueue(send=Server().send)
    for _ in range(CAPACITY):
        box.put(letter())

    with pytest.raises(ServiceUnavailable):
        box.put(letter())

    assert box.waiting == CAPACITY
    assert logged(caplog, "mail_refused")[0]["waiting"] == CAPACITY


async def test_what_waits_for_its_next_try_counts_as_waiting():
    server = Server(OSError())
    box = MailQueue(send=server.send, pauses=(0.05,))
    async with at_work(box):
        box.put(letter())

        async def has_failed():
            return not server.failures

        await eventually(has_failed)
        assert box.waiting == 1
        await until_idle(box)


async def test_the_end_of_the_server_sends_what_waits():
    server = Server()
    box = MailQueue(send=server.send)
    async with at_work(box):
        for _ in range(100):
            box.put(letter())

    assert len(server.subjects) == 100


async def test_the_end_of_the_server_does_not_wait_for_a_mail_server_that_hangs(caplog, monkeypatch):
    async def hang(_):
        await asyncio.Event().wait()

    monkeypatch.setattr(mail_queue, "DRAIN_SECONDS", 0.05)
    box = MailQueue(send=hang)
    async with asyncio.timeout(30), at_work(box):
        box.put(letter())
        box.put(letter())

    assert logged(caplog, "mail_lost")[0]["count"] == 2
