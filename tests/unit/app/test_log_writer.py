"""The thread that writes the log: in order, few writes, nobody waits, and what is lost is counted."""

import os
import threading
import time

import pytest

from app import log_writer
from app.log_writer import LogWriter
from tests.conftest import eventually


class Stream:
    """Takes lines while its gate is open, and breaks as often as it is told to."""

    def __init__(self):
        self.writes = []
        self.failures = 0
        self.gate = threading.Event()
        self.gate.set()

    def write(self, text):
        assert self.gate.wait(10), "nobody opened the gate"
        if self.failures:
            self.failures -= 1
            raise BrokenPipeError("nobody reads")
        self.writes.append(text)

    @property
    def lines(self):
        return b"".join(self.writes).split()


@pytest.fixture
def stream():
    stream = Stream()
    yield stream
    stream.gate.set()


def overfilled(stream):
    """A writer with 1,000 lines for a stream that takes none, and room for ten."""
    writer = LogWriter(stream.write, capacity=100)
    stream.gate.clear()
    for _ in range(1000):
        writer.put(b"123456789\n")
    return writer


async def until(condition):
    async def is_true():
        return condition()

    await eventually(is_true)


async def test_lines_leave_in_order_and_many_in_one_write(stream):
    writer = LogWriter(stream.write)
    for number in range(1000):
        writer.put(b"%d\n" % number)
    await until(lambda: len(stream.lines) == 1000)

    assert stream.lines == [b"%d" % number for number in range(1000)]
    assert len(stream.writes) < 100


async def test_a_stream_that_takes_nothing_holds_up_nobody_and_costs_a_bounded_memory(stream, caplog):
    writer = overfilled(stream)

    assert writer.dropped == 990

    stream.gate.set()
    await until(lambda: len(stream.lines) == 10)
    writer.put(b"again\n")
    await until(lambda: b"again" in stream.lines)
    told = [record.msg["count"] for record in caplog.records if record.msg["event"] == "log_lines_dropped"]
    assert told == [990]


async def test_the_line_that_tells_how_many_were_lost_is_never_lost_itself(stream, monkeypatch):
    writer = overfilled(stream)
    monkeypatch.setattr(log_writer.log, "error", lambda event, count: writer.put(b"%d-lost\n" % count), raising=False)
    stream.gate.set()

    await until(lambda: b"990-lost" in stream.lines)
    assert writer.dropped == 990


async def test_the_end_does_not_wait_for_that_line_in_the_thread_that_writes_it(stream, monkeypatch):
    writer = overfilled(stream)
    monkeypatch.setattr(log_writer.log, "error", lambda event, count: writer.put(b"%d-lost\n" % count), raising=False)
    threading.Timer(0.05, stream.gate.set).start()
    writer.drain()

    assert b"990-lost" in stream.lines


async def test_a_write_that_fails_is_counted_and_the_next_one_leaves(stream):
    writer = LogWriter(stream.write)
    stream.failures = 1
    writer.put(b"lost\n")
    await until(lambda: writer.dropped == 1)
    writer.put(b"kept\n")
    await until(lambda: stream.lines == [b"kept"])

    assert writer.dropped == 1


def test_the_end_waits_for_what_waits_and_for_what_comes_later(stream):
    writer = LogWriter(stream.write)
    writer.put(b"1\n")
    writer.drain()
    assert stream.lines == [b"1"]

    writer.put(b"2\n")
    assert stream.lines == [b"1", b"2"]


def test_the_end_does_not_wait_long_for_a_stream_that_takes_nothing(stream, monkeypatch):
    monkeypatch.setattr(log_writer, "DRAIN_SECONDS", 0.1)
    writer = LogWriter(stream.write)
    stream.gate.clear()
    writer.put(b"1\n")
    started = time.monotonic()
    writer.drain()
    for _ in range(100):
        writer.put(b"2\n")

    assert time.monotonic() - started < 5


def test_a_pipe_that_does_not_block_gets_everything():
    """Whoever shares stdout may have made it so: a write takes what there is room for."""
    ends = os.pipe()
    os.set_blocking(ends[1], False)
    text = b"x" * 300_000
    writing = threading.Thread(target=log_writer.write_all, args=(ends[1], text))
    writing.start()
    got = b""
    while len(got) < len(text):
        got += os.read(ends[0], 65536)
    writing.join()
    for end in ends:
        os.close(end)

    assert got == text
