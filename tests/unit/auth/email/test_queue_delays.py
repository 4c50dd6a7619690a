"""What one message takes holds up no other, and shows nobody who has an account."""

import asyncio
import time

import pytest

from auth.email import queue as mail_queue
from auth.email.queue import MailQueue
from tests.conftest import at_work, eventually
from tests.unit.auth.email.server import letter, nothing, until_idle


@pytest.mark.parametrize("other", [letter("other"), nothing])
async def test_the_next_message_comes_as_late_after_one_for_nobody_as_after_one_for_somebody(other):
    """Who asks for another's address and then for his own would see who has an account."""
    sent: asyncio.Queue[str] = asyncio.Queue()

    async def send(message):
        await asyncio.sleep(0.1)
        sent.put_nowait(message.subject)

    box = MailQueue(send=send, senders=1)
    async with at_work(box):
        box.put(letter("first"))
        await sent.get()
        started = time.monotonic()
        box.put(other)
        box.put(letter("own"))
        while await sent.get() != "own":
            pass
        assert time.monotonic() - started > 0.19


async def test_a_message_that_takes_long_holds_up_no_other():
    arrived, end = [], asyncio.Event()

    async def send(message):
        if message.subject == "slow":
            await end.wait()
        arrived.append(message.subject)

    box = MailQueue(send=send)
    async with at_work(box):
        box.put(letter("slow"))
        box.put(letter("own"))

        async def is_there():
            return arrived == ["own"]

        await eventually(is_there)
        end.set()


async def test_a_mail_server_that_hung_once_does_not_make_messages_for_nobody_hang(monkeypatch):
    monkeypatch.setattr(mail_queue, "LONGEST_PRETENCE", 0.01)

    async def send(_):
        await asyncio.sleep(0.2)

    async def sleep(seconds):
        pretended.append(seconds)

    pretended: list[float] = []
    box = MailQueue(send=send, sleep=sleep)
    async with at_work(box):
        for message in (letter(), nothing):
            box.put(message)
            await until_idle(box)

    assert pretended == [0.01]
