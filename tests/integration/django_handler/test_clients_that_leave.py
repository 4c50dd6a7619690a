"""A client that goes, at whatever moment: its work ends, what it held is closed, and no cancellation is left behind."""

import asyncio

import pytest

from app.django_handler import disconnect
from app.django_handler.shared_timer import SharedTimer
from tests.conftest import eventually
from tests.integration.django_handler.asgi_requests import Visit, make_handler, visit


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(disconnect, "LISTEN_AFTER_SECONDS", 0.01)


async def started(handler, left_behind, path, **given):
    """A visit whose view is at work."""
    visiting = Visit(handler, path, **given)
    async with asyncio.timeout(30):
        await left_behind["started"].wait()
    return visiting


async def test_a_client_that_leaves_a_view_ends_it(handler, left_behind):
    visiting = await (await started(handler, left_behind, "/wait")).leave()

    assert left_behind["cancelled"]
    assert (visiting.sent, visiting.cancelling) == ([], 0)


async def test_a_client_that_leaves_after_its_body_ends_the_view_too(handler, left_behind):
    visiting = await started(handler, left_behind, "/wait", method="POST", body=[b"x"])

    assert (await visiting.leave()).sent == []


async def test_a_view_that_ignores_it_leaves_no_cancellation_behind(handler, left_behind):
    left_behind["stubborn"] = True
    visiting = await (await started(handler, left_behind, "/wait")).leave()

    assert visiting.body == b"stayed"
    assert visiting.cancelling == 0


async def test_a_client_that_leaves_a_stream_has_it_closed(handler, left_behind):
    left_behind["pause"] = 60
    visiting = Visit(handler, "/stream")
    await eventually(_is_true(lambda: visiting.body))
    await visiting.leave()

    assert visiting.body == b"one"
    assert left_behind["stream"] == "closed"


async def test_a_client_that_leaves_while_it_is_sent_to_has_the_file_closed(handler, left_behind):
    visiting = Visit(handler, "/file")
    visiting.reading.clear()  # it reads nothing, so that sending waits
    await visiting.leave()

    assert left_behind["opened"].closed
    assert visiting.cancelling == 0


async def test_a_sync_view_that_goes_on_can_read_its_body(handler, left_behind):
    visiting = await started(handler, left_behind, "/wait-sync", method="POST", body=[b"mine"])
    await visiting.leave()

    assert left_behind["read"] == b"mine"


async def test_a_server_that_ends_the_request_is_not_a_client_that_left(handler, left_behind):
    visiting = await started(handler, left_behind, "/wait")
    visiting.task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await visiting.end()
    assert left_behind["cancelled"]


async def test_a_server_that_ends_it_at_the_same_moment_is_heard(handler, left_behind, monkeypatch):
    watches = []
    monkeypatch.setattr(SharedTimer, "start_later", lambda timer, watch: watches.append(watch))
    visiting = await started(handler, left_behind, "/wait")
    await eventually(_is_true(lambda: watches))
    watches[0].has_cancelled = True
    visiting.task.cancel()  # ours
    visiting.task.cancel()  # the server's

    with pytest.raises(asyncio.CancelledError):
        await visiting.end()
    assert visiting.task.cancelling() == 1


async def test_a_cancellation_from_before_is_not_taken_for_ours(handler, left_behind):
    """Somebody cancelled the server's task earlier, and it went on all the same."""

    async def app(scope, receive, send):
        task = asyncio.current_task()
        assert task
        task.cancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            await handler(scope, receive, send)

    visiting = await (await started(app, left_behind, "/wait")).leave()

    assert visiting.cancelling == 1


async def test_a_request_that_is_done_soon_never_listens(threads, settings, monkeypatch):
    watched, stock = [], SharedTimer.start_later

    def start_later(timer, watch):
        watched.append(watch)
        watch.start = lambda: pytest.fail("it listened")
        stock(timer, watch)

    monkeypatch.setattr(SharedTimer, "start_later", start_later)
    monkeypatch.setattr(disconnect, "LISTEN_AFTER_SECONDS", 5)

    assert (await visit(make_handler(threads, settings), "/hello")).status == 200
    assert [watch.is_stopped for watch in watched] == [True]


async def test_nothing_of_a_request_is_left_on_the_loop(handler, left_behind):
    before = asyncio.all_tasks()
    await (await started(handler, left_behind, "/wait")).leave()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert asyncio.all_tasks() - before == set()


def _is_true(look):
    async def probe():
        return look()

    return probe
