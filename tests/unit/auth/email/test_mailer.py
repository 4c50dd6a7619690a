"""One message: its form, and sending it off the event loop."""

import asyncio
import threading
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend

from auth.email import mailer
from auth.email.mailer import PlainMessage


class Backend(EmailBackend):
    """Notes its thread; fails when the subject says so."""

    threads: list[threading.Thread] = []

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


@pytest.mark.parametrize("page", ["https://app.example/?a=b&c=d", "https://bücher.example/"])
@pytest.mark.parametrize("form", [policy.default, policy.SMTP])
def test_a_link_stays_whole_however_long_it_is(page, form):
    link = f"{page}{'x' * 200}#token=7.abc-def"

    raw = PlainMessage("a", f"Open this:\n\n{link}\n", to=["ann@example.com"]).message(policy=form).as_bytes()

    assert link.encode() in raw.splitlines()
    assert message_from_bytes(raw, policy=form).get_content().split() == ["Open", "this:", link]


def test_nobody_is_to_answer_a_message_by_machine():
    assert PlainMessage("a", "b", to=["ann@example.com"]).message()["Auto-Submitted"] == "auto-generated"


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
