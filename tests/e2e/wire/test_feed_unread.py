"""A reader of the feed that takes nothing: it is cut, and holds up nobody."""

import asyncio
import socket
import sqlite3
import time
from contextlib import closing, contextmanager

import pytest

from tests.conftest import eventually
from tests.e2e.wire.stack import SERVICE
from tests.integration.feed.reading import PATH

pytestmark = pytest.mark.long

FLOOD, EVENT = 4000, 4000  # entries, and bytes of each


@contextmanager
def flood(stack):
    """More than the buffers of a connection take, in fewer entries than memory holds."""
    with closing(sqlite3.connect(stack.data_dir / "authgate.sqlite3", timeout=60)) as database:
        with database:
            database.executemany(
                "INSERT INTO revocations (user_id, sid, jti, reason) VALUES (1, ?, '', 'flood')",
                [(f"{number:0{EVENT}}",) for number in range(FLOOD)],
            )
        yield
        with database:
            database.execute("DELETE FROM revocations WHERE reason = 'flood'")


@contextmanager
def deaf_reader(stack):
    """A connection that asks for the feed and reads no answer."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", stack.server.port))
        lines = [f"GET {PATH} HTTP/1.1", f"Host: 127.0.0.1:{stack.server.port}"]
        lines += [f"{name}: {value}" for name, value in SERVICE.basic.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        yield connection


def rest_of(connection):
    """How many bytes are still in the buffers of a connection that was cut. Raises TimeoutError if it was not."""
    connection.settimeout(10)
    received = 0
    while part := connection.recv(1 << 20):
        received += len(part)
    return received


async def test_a_reader_that_takes_nothing_is_cut(any_stack):
    mark = len(any_stack.server.output())
    with flood(any_stack), deaf_reader(any_stack) as reader:

        async def has_ended():
            return PATH.lstrip("/") in any_stack.server.output()[mark:]

        await eventually(has_ended)
        assert 0 < rest_of(reader) < FLOOD * EVENT


async def test_a_reader_that_takes_nothing_holds_up_no_stop(any_stack):
    """The rest of its stream is dropped after a second: a server that waited for it would wait for five."""
    with flood(any_stack), deaf_reader(any_stack):
        await asyncio.sleep(0.5)
        started = time.monotonic()
        code = await any_stack.server.stop()
        took = time.monotonic() - started
    await any_stack.start_server()

    assert code == 0
    assert took < 4
