"""JSONResponse is an HttpResponse to whoever treats it as one, and bytes to the handler while nobody does."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse

from auth.http.responses import JSONResponse


def stock(body=b'{"a": 1}', status=200):
    return HttpResponse(body, content_type="application/json", status=status)


TREATMENTS: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda response: None,
    "a header": lambda response: response.headers.__setitem__("X-A", "1"),
    "an item": lambda response: response.__setitem__("X-A", "1"),
    "no type": lambda response: response.__delitem__("Content-Type"),
    "another type": lambda response: response.__setitem__("Content-Type", "text/plain; charset=latin-1"),
    "latin text": lambda response: (TREATMENTS["another type"](response), response.write("\xe4")),
    "a default": lambda response: response.setdefault("Content-Type", "text/html"),
    "a cookie": lambda response: response.set_cookie("a", "b", max_age=None),
    "content": lambda response: setattr(response, "content", "other \xe4"),
    "an iterator": lambda response: setattr(response, "content", (part for part in ("a", b"b"))),
    "writing": lambda response: response.writelines(["x", b"y"]),
    "a status": lambda response: setattr(response, "status_code", 418),
    "a reason": lambda response: setattr(response, "reason_phrase", "Because"),
    "a charset": lambda response: (response.__setattr__("charset", "utf-16"), response.write("x")),
}
LOOKS = {
    "headers": lambda response: dict(response.items()),
    "cookies": lambda response: response.cookies.output(),
    "content": lambda response: (response.content, response.getvalue(), list(response), response.tell()),
    "text": lambda response: response.text,
    "status": lambda response: (response.status_code, response.reason_phrase, response.charset),
    "wire": lambda response: (response.serialize(), response.serialize_headers()),
    "kind": lambda response: (response.streaming, response.closed, response.writable(), response.has_header("x-a")),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("treatment", list(TREATMENTS))
def test_it_looks_as_djangos_own_after_any_treatment(treatment, look):
    ours, theirs = JSONResponse(b'{"a": 1}'), stock()
    for response in (ours, theirs):
        TREATMENTS[treatment](response)

    assert seen(LOOKS[look], ours) == seen(LOOKS[look], theirs)


def seen(look, response):
    try:
        return look(response)
    except UnicodeDecodeError as error:
        return type(error)


@pytest.mark.parametrize("treatment", ["a header", "an item", "no type", "another type", "a default", "a cookie"])
def test_it_is_plain_until_somebody_touches_its_fields(treatment):
    response = JSONResponse(b"{}")
    assert response.plain_body() == b"{}"
    TREATMENTS[treatment](response)

    assert response.plain_body() is None


@pytest.mark.parametrize("status", [200, 201, 401, 422, 503])
def test_it_has_its_status(status):
    response = JSONResponse(b"{}", status=status)

    assert (response.status_code, response.reason_phrase) == (status, stock(status=status).reason_phrase)


def test_a_copy_does_not_share_what_is_made_later():
    response = JSONResponse(b"{}")
    copied = copy.copy(response)
    copied["X-A"] = "1"

    assert response.plain_body() == b"{}"


def test_it_closes_as_djangos_own():
    response, closed = JSONResponse(b"{}"), []
    response._resource_closers.append(lambda: closed.append(1))
    response.close()

    assert (closed, response.closed) == ([1], True)
