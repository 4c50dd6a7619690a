"""Bodies that are never complete: what they may take of a worker's memory, and whom they hold up."""

import asyncio

from app.http import guard
from tests.e2e.wire.test_bad_requests import answers_to, statuses
from tests.integration.http.layers import with_state

SIZE = guard.MAX_BODY
FREE = 4 * 1024
"""What each body may have in memory without being counted."""
FORM_TYPE = "application/x-www-form-urlencoded"
FORM = f"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM_TYPE}\r\n"
ALL = guard.MAX_HELD // (SIZE - FREE)


async def test_a_form_of_the_admin_over_64_kib_is_413(any_stack):
    head = f"{FORM}Content-Length: {SIZE + 1}\r\nExpect: 100-continue\r\n\r\n"

    assert statuses(await answers_to(any_stack, head.encode()))[-1:] == [413]


class Serving:
    """A guard before an application. Notes how each body, of `size` bytes of 64 KiB, went on: "read", or a status."""

    def __init__(self):
        self.noted = []
        self._guard = guard.RequestGuard(self._note, allowed_hosts=["*"])

    async def _note(self, scope, receive, send):
        self.noted.append("read")

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.noted.append(message["status"])

    async def post(self, size, *, more_body):
        chunks = [{"type": "http.request", "body": b"%" * size, "more_body": more_body}]

        async def receive():
            return chunks.pop() if chunks else await asyncio.get_running_loop().create_future()

        fields = [(b"host", b"testserver"), (b"content-length", b"%d" % SIZE)]
        scope = {"type": "http", "method": "POST", "path": "/admin/login/", "headers": fields}
        await self._guard(with_state(scope), receive, self._send)


async def test_more_bodies_than_fit_are_503_and_small_and_later_ones_are_read():
    serving = Serving()
    open_ones = [asyncio.create_task(serving.post(SIZE - 1, more_body=True)) for _ in range(ALL)]
    await asyncio.sleep(0)  # each has read what there is

    await serving.post(SIZE - 1, more_body=True)
    await serving.post(FREE, more_body=False)
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)
    await serving.post(SIZE, more_body=False)
    assert serving.noted == [503, "read", "read"]

    again = [asyncio.create_task(serving.post(SIZE - 1, more_body=True)) for _ in range(ALL)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in again)  # nothing is held of those that were given up
    for task in again:
        task.cancel()
    await asyncio.gather(*again, return_exceptions=True)
