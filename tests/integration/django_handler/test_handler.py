"""The lean handler answers as Django's own does, whatever the view and the middleware."""

import threading
from collections import Counter

import pytest
from django.core.handlers.base import BaseHandler
from django.urls import get_urlconf

from tests.integration.django_handler.asgi_requests import make_handler, visit


async def test_an_async_view_is_answered_with_its_length(handler):
    answer = await visit(handler, "/hello")

    assert (answer.status, answer.body) == (200, b'"hello"')
    assert answer.fields == [(b"content-type", b"application/json"), (b"content-length", b"7")]


async def test_an_async_view_starts_no_thread_and_needs_none(handler):
    before = threading.active_count()
    await visit(handler, "/hello")

    assert threading.active_count() == before


async def test_a_sync_view_runs_on_a_kept_thread(handler):
    assert (await visit(handler, "/hello-sync")).body.startswith(b"database-")


@pytest.mark.parametrize("middleware", [(), ("stamp",)], ids=["without middleware", "sync middleware"])
async def test_a_json_response_takes_part_in_middleware(threads, settings, middleware):
    answer = await visit(make_handler(threads, settings, *middleware), "/hello")

    assert answer.body == (b'"HELLO"' if middleware else b'"hello"')
    assert answer.status == (202 if middleware else 200)
    assert ((b"x-stamp", b"stamped") in answer.fields) == bool(middleware)
    assert (b"content-length", b"7") in answer.fields


async def test_a_head_request_is_told_the_length(handler):
    assert (b"content-length", b"7") in (await visit(handler, "/hello", method="HEAD")).fields


async def test_an_answer_without_content_states_no_length(handler):
    answer = await visit(handler, "/empty")

    assert (answer.status, answer.body) == (204, b"")
    assert b"content-length" not in dict(answer.fields)


async def test_cookies_are_sent(handler):
    assert (b"set-cookie", b"a=b; Path=/") in (await visit(handler, "/cookie")).fields


async def test_a_response_with_an_async_render_is_rendered(handler):
    assert (await visit(handler, "/rendered")).body == b"rendered"


@pytest.mark.parametrize("path", ["/boom", "/nothing"])
async def test_a_view_that_fails_is_an_error_and_the_next_request_works(handler, path):
    assert (await visit(handler, path)).status == 500
    assert (await visit(handler, "/hello")).status == 200


async def test_an_unknown_path_is_not_found(handler):
    assert (await visit(handler, "/nowhere")).status == 404


@pytest.mark.parametrize("query", [b"q=\xff", b"\xc3"])
async def test_a_query_that_is_no_text_is_a_bad_request(handler, query):
    assert (await visit(handler, "/where", query_string=query)).status == 400


@pytest.mark.parametrize("path", ["", "hello", "//", "/\x00", "/%2e%2e", "/\ufffd"])
async def test_an_odd_path_is_not_found(handler, path):
    assert (await visit(handler, path)).status in {400, 404}


async def test_a_websocket_is_not_served(handler):
    with pytest.raises(ValueError, match="websocket"):
        await visit(handler, "/hello", type="websocket")


async def test_a_request_with_its_own_urls_changes_nothing_for_others(threads, settings):
    handler = make_handler(threads, settings, "other_urls")
    other = [(b"x-other", b"1")]

    assert (await visit(handler, "/hello", headers=other)).body == b"another hello"
    assert (await visit(handler, "/hello")).body == b'"hello"'
    assert (await visit(handler, "/hello", headers=other)).body == b"another hello"
    assert get_urlconf() is None


@pytest.fixture
def resolved(monkeypatch):
    """The paths for which Django's resolver was asked."""
    paths: list[str] = []
    stock = BaseHandler.resolve_request

    def resolve_request(handler, request):
        paths.append(request.path_info)
        return stock(handler, request)

    monkeypatch.setattr(BaseHandler, "resolve_request", resolve_request)
    return paths


async def test_routes_with_parameters_are_not_remembered(handler, resolved):
    for _ in range(2):
        for number in range(50):
            assert (await visit(handler, f"/number/{number}")).body == b"%d none" % number
        await visit(handler, "/fixed")
        await visit(handler, "/hello")

    again = [path for path, count in Counter(resolved).items() if count == 2]
    assert again == [*(f"/number/{number}" for number in range(50)), "/fixed"]
    assert resolved.count("/hello") == 1


async def test_only_so_many_routes_are_remembered(handler, resolved):
    """One pattern may stand for any number of paths."""
    paths = [f"/any/{number}" for number in range(1100)]
    for _ in range(2):
        for path in paths:
            assert (await visit(handler, path)).status == 200

    assert len(paths) < len(resolved) < 2 * len(paths)


async def test_what_a_view_middleware_changes_lasts_for_one_request(threads, settings):
    handler = make_handler(threads, settings, "Meddling")

    assert (await visit(handler, "/fixed", headers=[(b"x-word", b"1")])).body == b"7 meddled"
    assert (await visit(handler, "/fixed")).body == b"7 none"
