"""A socket service that stands on the Python kit, and a fake Authgate behind it."""

import asyncio
from contextlib import asynccontextmanager

from authgate_verifier.sockets import SocketKit
from tests.integration.python_client.fake import fake
from tests.integration.python_client.socket_client import SocketClient

TICKET = f"7.{'t' * 43}"
OTHER = f"7.{'u' * 43}"
ADA = {"sub": "7", "sid": "s1"}
BOB = {"sub": "8", "sid": "s8"}


class Service:
    """A socket service that says back what it is told."""

    def __init__(self, authgate, verifier, **options):
        self.authgate, self.verifier = authgate, verifier
        self.kit = SocketKit(verifier, **options)

    async def __call__(self, scope, receive, send):
        async with self.kit.accept(scope, receive, send) as session:
            if session is None:
                return
            async for text in session:
                if text == "fail":
                    raise ZeroDivisionError
                if text == "bye":
                    return
                if text == "staff?":
                    await session.send_json({"staff": session.claims.is_staff})
                    continue
                await session.send_json({"from": session.claims.username, "text": text})

    def open(self, *protocols):
        return SocketClient(self, *protocols)

    async def hear(self, revocation):
        """Have the feed say this, and wait until the verifier has taken it in."""
        taken = asyncio.Event()
        stop = self.verifier.on_revoked(lambda _: taken.set())
        self.authgate.send(revocation)
        async with asyncio.timeout(5):
            await taken.wait()
        stop()

    async def login(self, **changes):
        client = self.open().say({"type": "auth", "token": self.authgate.token(**changes)})
        await client.heard(1)
        return client


@asynccontextmanager
async def serving(clock=None, **options):
    found = {"clocks": clock.clocks()} if clock else {}
    async with fake() as authgate, authgate.verifier(**found) as verifier:
        service = Service(authgate, verifier, **options)
        yield service
        await service.kit.close()
