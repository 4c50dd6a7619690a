"""Sending one e-mail. Django's mail framework blocks: never on the event loop."""

import asyncio
import smtplib
import threading
from concurrent.futures import Future
from email.message import EmailMessage as BuiltMessage
from typing import Any

from django.core.mail import EmailMessage

_PERMANENT = 500
"""SMTP replies from here on say that another try will not help (RFC 5321 §4.2.1)."""


class PlainMessage(EmailMessage):
    """Text whose lines stay whole: quoted-printable would cut a link, and write its `=` as `=3D`.

    People copy it from where it stands raw: a console, a file.
    """

    def message(self, **options: Any) -> BuiltMessage:
        """As Django's. No program that answers mail by itself is to answer this (RFC 3834 §5)."""
        built = super().message(**options)
        built.set_content(self.body, cte="7bit" if self.body.isascii() else "8bit")
        built["Auto-Submitted"] = "auto-generated"
        return built


async def send(message: EmailMessage) -> None:
    """Hand the message to the mail server. Raises whatever Django's backend raises.

    On a thread of its own, which nobody waits for at the end of the process: a mail server that hangs holds up no
    restart.
    """
    sent: Future[None] = Future()
    sent.set_running_or_notify_cancel()  # a caller that goes away then cancels its own wait, and not what is sent
    threading.Thread(target=_send, args=(message, sent), name="mail", daemon=True).start()
    await asyncio.wrap_future(sent)


def is_final(error: Exception) -> bool:
    """Whether the mail server refused the message for good."""
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
