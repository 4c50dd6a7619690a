"""Bodies in both directions: uploads, streams, files, and what is closed afterwards."""

import threading

import pytest

from app.django_handler.threads import DatabaseThreads
from tests.integration.django_handler.asgi_requests import make_handler, visit

_FORM = b"--x\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n"
_MULTIPART = [(b"content-type", b"multipart/form-data; boundary=x")]


def form(size):
    name = _FORM % (b'"name"', b"ann")
    return name + _FORM % (b'"file"; filename="f"', b"y" * size) + b"--x--\r\n"


@pytest.mark.parametrize("chunks", [[b"abc"], [b"a", b"", b"bc"], [b"x" * 1000] * 3000], ids=["one", "some", "large"])
async def test_a_body_arrives_as_it_was_sent(handler, settings, chunks):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None

    assert (await visit(handler, "/echo", method="POST", body=chunks)).body == b"".join(chunks)


async def test_a_body_that_is_too_large_is_refused(handler, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert (await visit(handler, "/echo", method="POST", body=[b"x" * 11])).status == 400


@pytest.mark.parametrize("size", [10, 3_000_000], ids=["in memory", "on disk"])
async def test_an_uploaded_file_arrives_and_is_closed(handler, left_behind, size):
    answer = await visit(handler, "/upload", method="POST", body=[form(size)], headers=_MULTIPART)

    assert answer.body == b"ann %d" % size
    assert left_behind["file"].closed


async def test_a_request_that_declares_no_body_has_none(handler):
    assert (await visit(handler, "/echo", method="POST")).body == b""


async def test_an_async_stream_is_sent_part_by_part_and_closed(handler, left_behind):
    answer = await visit(handler, "/stream")

    assert [message.get("body", b"") for message in answer.sent[1:]] == [b"one", b"two", b""]
    assert b"content-length" not in dict(answer.fields)
    assert left_behind["stream"] == "closed"


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
async def test_a_sync_stream_is_sent(handler):
    assert (await visit(handler, "/stream-sync")).body == b"onetwo"


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
async def test_a_file_is_sent_and_closed_off_the_loop(handler, left_behind):
    answer = await visit(handler, "/file")

    assert answer.body == b"x" * 100_000
    assert left_behind["opened"].closed


async def test_a_stream_that_breaks_is_closed_and_reported(handler, left_behind):
    with pytest.raises(ZeroDivisionError):
        await visit(handler, "/stream-broken")

    assert left_behind["closed"]


async def test_a_closer_that_raises_harms_nobody_and_others_still_run(handler, left_behind):
    assert (await visit(handler, "/closers-raise")).body == b"fine"
    assert left_behind["closed"]


async def test_a_thread_that_is_held_up_takes_nothing_back_from_an_answer_that_was_given(settings, left_behind):
    threads, go_on = DatabaseThreads(1, limit=100, seconds=0.05), threading.Event()
    threads.least_busy().submit(go_on.wait, 30)
    try:
        assert (await visit(make_handler(threads, settings), "/closers-raise")).body == b"fine"
    finally:
        go_on.set()
        threads.close()


async def test_a_response_with_a_close_of_its_own_has_it_called(handler, left_behind):
    await visit(handler, "/closing")

    assert left_behind["closed"]


async def test_a_plain_answer_is_closed_without_a_thread(handler, monkeypatch):
    started = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread))
    answer = await visit(handler, "/cookie")
    monkeypatch.undo()

    assert (answer.status, started) == (200, [])
