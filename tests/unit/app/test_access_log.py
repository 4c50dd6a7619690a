"""The access log: each line whole, in order, never lost, and few writes."""

import asyncio
import json

import pytest

from app.access_log import AccessLog


class Stream:
    """Remembers each write; fails while `is_broken`."""

    def __init__(self):
        self.writes = []
        self.is_broken = False

    def write(self, data):
        if self.is_broken:
            raise BrokenPipeError("nobody reads")
        self.writes.append(data)

    def flush(self):
        pass

    @property
    def numbers(self):
        return [json.loads(line)["number"] for line in b"".join(self.writes).splitlines()]


@pytest.fixture
def stream():
    return Stream()


@pytest.fixture
def log(stream):
    log = AccessLog(stream)
    log.open()
    return log


async def turn():
    await asyncio.sleep(0)


async def test_lines_of_one_turn_leave_in_one_write_and_in_order(log, stream):
    for number in range(5):
        log.info("request", number=number)
    assert stream.writes == []
    await turn()

    assert stream.numbers == [0, 1, 2, 3, 4]
    assert len(stream.writes) == 1


async def test_each_turn_has_its_write(log, stream):
    for number in range(3):
        log.info("request", number=number)
        await turn()

    assert stream.numbers == [0, 1, 2]
    assert len(stream.writes) == 3


async def test_what_waits_at_the_end_is_written(log, stream):
    log.info("request", number=1)
    log.close()

    assert stream.numbers == [1]
    await turn()
    assert stream.numbers == [1]


async def test_what_comes_after_the_end_is_written_at_once(log, stream):
    log.close()
    log.info("request", number=1)

    assert stream.numbers == [1]


def test_a_loop_that_ends_too_early_loses_no_line(log, stream):
    async def record(number):
        log.info("request", number=number)
        asyncio.get_running_loop().stop()

    for number in (1, 2):
        loop = asyncio.new_event_loop()
        task = loop.create_task(record(number))
        loop.run_forever()
        loop.close()
        assert task.done()
    log.close()

    assert stream.numbers == [1, 2]


async def test_a_failing_write_is_reported_and_the_log_goes_on(log, stream):
    reported = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    try:
        stream.is_broken = True
        log.info("request", number=1)
        await turn()
        stream.is_broken = False
        log.info("request", number=2)
        await turn()
    finally:
        loop.set_exception_handler(None)

    assert [type(error) for error in reported] == [BrokenPipeError]
    assert stream.numbers == [2]


async def test_no_text_of_a_caller_ends_a_line(log, stream):
    log.info("request", number=1, method='GET\n{"event":"forged"}\r\u2028')
    await turn()

    assert stream.numbers == [1]
    assert b"".join(stream.writes).count(b"\n") == 1


async def test_nothing_is_written_below_the_level(stream):
    log = AccessLog(stream, is_on=False)
    log.info("request", number=1)
    log.close()

    assert stream.writes == []
