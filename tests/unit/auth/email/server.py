"""A mail server in memory, and what is sent by it."""

from django.core.mail import EmailMessage

from tests.conftest import eventually

ADDRESS = "ann@example.com"


class Server:
    """A mail server in memory, which fails as often as it is told to."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.subjects = []

    async def send(self, message):
        if self.failures:
            raise self.failures.pop(0)
        self.subjects.append(message.subject)


def letter(subject="a"):
    async def write():
        return EmailMessage(subject, "7.token", to=[ADDRESS])

    return write


async def nothing():
    return None


async def until_idle(box):
    async def is_idle():
        return not box.waiting

    await eventually(is_idle)


def logged(caplog, event):
    return [record.msg for record in caplog.records if isinstance(record.msg, dict) and record.msg["event"] == event]
