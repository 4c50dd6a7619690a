"""Sending one e-mail. Django's mail framework blocks: never on the event loop."""

import asyncio
import smtplib
import threading
from concurrent.futures import Future
from email.message import EmailMessage as BuiltMessage
from typing import Any

from django.core.mail import EmailMessage

_PERMANENT = 500
"""SMTP replies from this code on are permanent failures (RFC 5321 §4.2.1)."""


class PlainMessage(EmailMessage):
    """Text with unbroken lines: quoted-printable would split a link, and write its `=` as `=3D`.

    Developers copy links from raw output: a console, a file.
    """

    def message(self, **options: Any) -> BuiltMessage:
        """Like Django's, with a header that stops automatic replies (RFC 3834 §5)."""
        built = super().message(**options)
        built.set_content(self.body, cte="7bit" if self.body.isascii() else "8bit")
        built["Auto-Submitted"] = "auto-generated"
        return built


async def send(message: EmailMessage) -> None:
    """Hand the message to the mail server. Raises whatever Django's backend raises.

    On a daemon thread, which shutdown does not wait for: a mail server that hangs delays no restart.
    """
    sent: Future[None] = Future()
    sent.set_running_or_notify_cancel()  # cancelling the caller then cancels its wait, not the sending
    threading.Thread(target=_send, args=(message, sent), name="mail", daemon=True).start()
    await asyncio.wrap_future(sent)


def is_final(error: Exception) -> bool:
    """Whether the mail server refused the message permanently."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refusals):
            return all(code >= _PERMANENT for code, _ in refusals.values())
        case smtplib.SMTPResponseException(smtp_code=code):
            return code >= _PERMANENT
    return False


def _send(message: EmailMessage, sent: Future[None]) -> None:
    try:
        message.send()
    except Exception as error:  # noqa: BLE001  told to whoever waits
        sent.set_exception(error)
    else:
        sent.set_result(None)
