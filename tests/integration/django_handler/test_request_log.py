"""The outermost layer: what it writes down of requests that go wrong, and how little it remembers."""

import gc
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import cast

import orjson
import pytest
from structlog.testing import CapturingLogger, capture_logs

from app.http import request_log
from app.http.headers import DefaultHeaders
from app.metrics.request_counts import RequestCounts
from auth.http.context import state_of
from auth.runtime import Runtime
from tests.integration.django_handler.asgi_requests import Visit, visit


class Log(CapturingLogger):
    @property
    def statuses(self):
        return [call.kwargs["status"] for call in self.calls]


@pytest.fixture
def log():
    return Log()


def made(app, log, trusted_proxies=0):
    return request_log.RequestLogMiddleware(
        app,
        defaults=DefaultHeaders(hsts=b""),
        log=log,
        trusted_proxies=trusted_proxies,
        request_ids=lambda: "an-id",
        counts=RequestCounts(),
        runtime=cast(Callable[[], Runtime], lambda: None),  # nobody here asks for it
    )


async def answer(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": state_of(scope).context.caller.address.encode()})


async def fail(scope, receive, send):
    raise ZeroDivisionError


async def fail_late(scope, receive, send):
    await answer(scope, receive, send)
    raise ZeroDivisionError


async def say_nothing(scope, receive, send):
    """The client has left."""


@pytest.mark.parametrize(("app", "status"), [(fail, 500), (fail_late, 200), (say_nothing, 499), (answer, 200)])
async def test_the_log_has_the_status_that_was_sent(log, app, status):
    visiting = Visit(made(app, log), "/", state={})
    with suppress(ZeroDivisionError):
        await visiting.end()

    assert log.statuses == [status]


async def test_what_escapes_every_layer_is_the_error_of_the_contract_and_written_once(log):
    with capture_logs() as written:
        answered = await visit(made(fail, log), "/", state={})

    assert answered.status == 500
    assert orjson.loads(answered.body)["error"] == "internal_error"
    assert dict(answered.fields)[b"x-request-id"] == b"an-id"
    assert [line["event"] for line in written] == ["unhandled_exception"]


async def test_half_an_answer_is_cut_off_by_the_server(log):
    with pytest.raises(ZeroDivisionError):
        await visit(made(fail_late, log), "/", state={})


@pytest.mark.parametrize("name", [b"user-agent", b"x-forwarded-for"])
async def test_long_fields_of_callers_are_not_kept_in_memory(log, name):
    """What is remembered of them is cut before."""
    app = made(answer, log, trusted_proxies=2)
    tracemalloc.start()
    try:
        for number in range(10):
            field = (name, b"%d, " % number * 300_000)
            await visit(app, "/", headers=[field], state={})
        del field
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept < 1_000_000


@pytest.mark.parametrize("padding", [b"", b"10.9.9.9, " * 1000, b"x" * 5000 + b","])
@pytest.mark.parametrize("hop", [b"192.0.2.7", b"[2001:db8:1111:2222:3333:4444:5555:6666%eth0]:65535"])
async def test_what_a_client_writes_before_the_proxies_changes_nothing(log, padding, hop):
    fields = [(b"x-forwarded-for", padding + hop + b", 10.0.0.1")]
    answered = await visit(made(answer, log, trusted_proxies=2), "/", headers=fields, state={})

    assert answered.body in {b"192.0.2.7", b"2001:db8:1111:2222:3333:4444:5555:6666"}
