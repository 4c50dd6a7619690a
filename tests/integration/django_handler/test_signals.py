"""Receivers of the request signals: Django's own are left out, anybody else's are called as Django would."""

import gc
import threading

import pytest
from django.core.signals import request_finished, request_started

from app.django_handler.handler import LeanHandler
from app.django_handler.signal_receivers import SignalReceivers
from tests.integration.django_handler.asgi_requests import Visit, visit

SIGNALS = [request_started, request_finished]


@pytest.fixture
def heard():
    """The threads on which receivers were called."""
    return []


@pytest.fixture(params=["sync", "async"])
def receiver(request, heard):
    def sync(sender, **_):
        heard.append((sender, threading.current_thread().name))

    async def asynchronous(sender, **_):
        heard.append((sender, threading.current_thread().name))

    receiver = sync if request.param == "sync" else asynchronous
    yield receiver
    for signal in SIGNALS:
        signal.disconnect(receiver)


@pytest.fixture
def receivers():
    """As the handler sees who hears that a request is finished."""
    return SignalReceivers(request_finished, sender=LeanHandler)


@pytest.mark.parametrize("signal", SIGNALS, ids=["started", "finished"])
async def test_a_receiver_connected_later_hears_each_request_until_it_is_disconnected(handler, signal, receiver, heard):
    counts = []
    for change in (lambda: None, lambda: signal.connect(receiver), lambda: signal.disconnect(receiver)):
        change()
        for _ in range(2):
            assert (await visit(handler, "/hello")).status == 200
        counts.append(len(heard))

    assert counts == [0, 2, 2]
    assert {sender for sender, _ in heard} == {LeanHandler}


async def test_a_sync_receiver_is_called_off_the_loop(handler, heard):
    def receiver(sender, **_):
        heard.append(threading.current_thread())

    for signal in SIGNALS:
        signal.connect(receiver)
    await visit(handler, "/hello")
    for signal in SIGNALS:
        signal.disconnect(receiver)

    assert len(heard) == 2
    assert threading.current_thread() not in heard


async def test_a_receiver_of_another_sender_changes_nothing(handler, receivers, heard):
    def receiver(sender, **_):
        heard.append(sender)

    request_finished.connect(receiver, sender=Visit)
    await visit(handler, "/hello")
    is_called = receivers.have_foreign()
    request_finished.disconnect(receiver, sender=Visit)

    assert (heard, is_called) == ([], False)


async def test_a_receiver_that_is_gone_is_forgotten(handler, receivers):
    class Listening:
        def hear(self, sender, **_):
            pytest.fail("it was gone")

    listening = Listening()
    request_finished.connect(listening.hear)
    assert receivers.have_foreign()
    del listening
    gc.collect()
    await visit(handler, "/hello")

    assert not receivers.have_foreign()


async def test_a_receiver_hears_the_end_of_a_request_whose_client_left(handler, receiver, heard, left_behind):
    request_finished.connect(receiver)
    visiting = Visit(handler, "/wait")
    await left_behind["started"].wait()
    await visiting.leave()

    assert len(heard) == 1


async def test_a_receiver_that_cannot_be_hashed_is_heard(handler, heard):
    class Unhashable:
        __hash__ = None  # type: ignore[assignment]  # python/mypy#4266

        def __eq__(self, other):
            return self is other

        def __call__(self, sender, **_):
            heard.append(sender)

    receiver = Unhashable()
    request_started.connect(receiver)
    await visit(handler, "/hello")
    request_started.disconnect(receiver)

    assert heard == [LeanHandler]
