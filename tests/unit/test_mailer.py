"""Sending one message, off the event loop."""

import asyncio
import threading

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend

from auth import mailer


class Backend(EmailBackend):
    """Notes its thread; fails when the subject says so."""

    threads = []

    def send_messages(self, messages):
        self.threads.append(threading.current_thread())
        if messages[0].subject == "fail":
            raise OSError("refused")
        return super().send_messages(messages)


@pytest.fixture(autouse=True)
def _backend(settings):
    settings.MAILERS = {"default": {"BACKEND": f"{__name__}.Backend"}}


def message(subject):
    return EmailMessage(subject, "", to=["ann@example.com"])


async def test_a_message_is_sent_on_a_thread_that_nobody_waits_for():
    await mailer.send(message("a"))

    assert [sent.subject for sent in mail.outbox] == ["a"]
    assert Backend.threads[-1] is not threading.current_thread()
    assert Backend.threads[-1].daemon


async def test_what_the_backend_raises_is_raised():
    with pytest.raises(OSError, match="refused"):
        await mailer.send(message("fail"))


async def test_a_sender_that_has_gone_away_disturbs_nobody():
    sending = asyncio.create_task(mailer.send(message("a")))
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending

    await mailer.send(message("b"))
    assert "b" in [sent.subject for sent in mail.outbox]


def test_a_loop_that_has_ended_disturbs_nobody():
    async def begin():
        task = asyncio.create_task(mailer.send(message("a")))
        await asyncio.sleep(0)
        task.cancel()

    before = set(threading.enumerate())
    asyncio.run(begin())
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
