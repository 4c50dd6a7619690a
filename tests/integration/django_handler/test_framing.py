"""What the application sees of a request: the head's fields, the body, and nothing of the framing."""

import asyncio
import json

import pytest
from structlog.testing import capture_logs

from app.server.head_limits import MAX_HEAD
from tests.integration.django_handler.exchanges import GET, text, turns

PIECE = 2048
"""What the parser is given at once."""
HEAD = b"POST / HTTP/1.1\r\nHost: testserver\r\nTransfer-Encoding: chunked\r\n"
PROXIED = [b"X-Forwarded-For: 192.0.2.1", b"X-Forwarded-Proto: https", b"Authorization: Bearer a.b.c", b"Host: evil"]


async def names(scope, receive, send):
    """Answers with all that a request says, once it is complete."""
    body, is_more = b"", True
    while is_more:
        message = await receive()
        body, is_more = body + message["body"], message["more_body"]
    fields = [[name.decode(), value.decode()] for name, value in scope["headers"]]
    seen = {"path": scope["path"], "query": scope["query_string"].decode(), "fields": fields, "body": body.decode()}
    await text(json.dumps(seen).encode())(scope, receive, send)


async def seen(connection, *pieces):
    for piece in pieces:
        await connection.send(piece)
    assert connection.answered.startswith(b"HTTP/1.1 200 ")
    return json.loads(connection.answered.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("field", PROXIED)
@pytest.mark.parametrize("size", [1, 5, 4096])
async def test_trailers_are_no_fields_of_the_head(connect, field, size):
    request = HEAD + b"\r\n2\r\n{}\r\n0\r\n" + field + b"\r\nX-Other: y\r\n\r\n"
    pieces = [request[start : start + size] for start in range(0, len(request), size)]

    told = await seen(connect(names), *pieces)

    assert told["fields"] == [["host", "testserver"], ["transfer-encoding", "chunked"]]
    assert told["body"] == "{}"


@pytest.mark.parametrize("after", [b"", b" ", b"\t", b" \t  "])
@pytest.mark.parametrize("size", [1, 7, 4096])
async def test_whitespace_around_a_value_is_no_part_of_it(connect, after, size):
    request = (
        b"GET / HTTP/1.1\r\nHost: \t testserver" + after + b"\r\nX-A:a b" + after + b"\r\nX-B:" + after + b"\r\n\r\n"
    )
    pieces = [request[start : start + size] for start in range(0, len(request), size)]

    told = await seen(connect(names), *pieces)

    assert told["fields"] == [["host", "testserver"], ["x-a", "a b"], ["x-b", ""]]


async def test_behind_trailers_the_connection_ends(connect):
    connection = connect(names)

    await connection.send(HEAD + b"\r\n0\r\nConnection: keep-alive\r\n\r\n" + GET)

    assert connection.answered.count(b"HTTP/1.1 200 ") == 1
    assert b"\r\nconnection: close\r\n" in connection.answered
    assert connection.transport.closed


async def test_an_offer_of_another_protocol_counts_as_not_made(connect):
    offer = b"Connection: Upgrade, close\r\nuPgRaDe: h2c\r\nX-Blank:\r\nX: a:b\xff \r\n"
    body = b"3\r\nabc\r\n0\r\n\r\n"

    connection = connect(text(b"x"))
    await connection.send(HEAD + offer + b"\r\n" + body)

    assert connection.protocol.scope["headers"][2:] == [
        (b"connection", b"Upgrade, close"),
        (b"x-blank", b""),
        (b"x", b"a:b\xff"),
    ]
    assert connection.answered.count(b"HTTP/1.1 200 ") == 1
    assert connection.transport.closed


async def test_many_offers_in_one_piece_are_each_answered(connect):
    connection = connect(text(b"x"))

    await connection.send(b"GET / HTTP/1.1\r\nConnection:upgrade\r\nUpgrade:x\r\n\r\n" * 43)
    for _ in range(10):
        await turns()

    assert connection.answered.count(b"HTTP/1.1 200 ") == 43


TARGETS = {
    b"http://testserver": ("/", "", "testserver"),
    b"http://testserver?x=1": ("/", "x=1", "testserver"),
    b"http://other:99/a%20b?x": ("/a b", "x", "other:99"),
    b"http://[::1]/": ("/", "", "[::1]"),
    b"*": ("*", "", "testserver"),
    b"//two/slashes": ("//two/slashes", "", "testserver"),
}


@pytest.mark.parametrize("target", TARGETS)
async def test_a_target_in_absolute_form_names_path_and_host(connect, target):
    told = await seen(connect(names), GET.replace(b"/ ", target + b" "))

    assert (told["path"], told["query"], told["fields"][0][1]) == TARGETS[target]


@pytest.mark.parametrize("target", [b"http://", b"host:1", b"x", b"/\xff", b"http://h:99999/"])
async def test_a_target_that_is_none_is_400(connect, target):
    connection = connect(names)

    await connection.send(GET.replace(b"/ ", target + b" "))

    assert connection.answered.startswith(b"HTTP/1.1 400 ")


async def test_what_breaks_below_the_application_is_told_with_its_traceback_and_is_500(connect, monkeypatch):
    connection = connect(names)

    class Broken:
        def __lt__(self, _):
            raise ZeroDivisionError("broken")

    monkeypatch.setattr("app.server.head_limits.MAX_HEAD", Broken())  # what each head is compared with
    with capture_logs() as logs:
        await connection.send()

    assert connection.answered.startswith(b"HTTP/1.1 500 ")
    assert json.loads(connection.answered.partition(b"\r\n\r\n")[2])["error"] == "internal_error"
    [failure] = [entry for entry in logs if entry["event"] == "protocol_failed"]
    assert isinstance(failure["exc_info"], ZeroDivisionError)
    assert failure["exc_info"].__traceback__ is not None


@pytest.mark.parametrize("origin", [b"http://localhost:3000", b"http://evil.example"])
async def test_a_page_may_read_why_its_request_was_refused(connect, origin):
    connection = connect(names)

    await connection.send(b"GET / HTTP/1.1\r\nOrigin: " + origin + b"\r\n" + b"X: y\r\n" * 101 + b"\r\n")

    assert connection.answered.startswith(b"HTTP/1.1 431 ")
    granted = b"\r\naccess-control-allow-origin: " + origin + b"\r\n" in connection.answered
    assert granted == (origin == b"http://localhost:3000")


async def test_a_piece_that_is_both_unreadable_and_too_large_is_answered_once(connect):
    connection = connect(names)

    await connection.send(b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 16_300 + b"\x00" + b"y" * 2000)

    assert connection.answered.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("version", [b"0.9", b"1.0", b"2.0"])
async def test_behind_a_request_of_another_version_the_connection_ends(connect, version):
    connection = connect(text(b"x"))
    await connection.send(GET.replace(b"1.1\r\n", version + b"\r\nConnection: keep-alive\r\n") + GET)

    assert connection.answered.count(b"HTTP/1.1 200 ") == 1
    assert connection.transport.closed


class Waiting:
    """An application whose answers wait for `go`; `asked` is what it was asked for."""

    def __init__(self):
        self.go = asyncio.Event()
        self.asked = []

    async def __call__(self, scope, receive, send):
        self.asked.append(scope["path"])
        await self.go.wait()
        await text(b"x")(scope, receive, send)


def statuses(connection):
    return [part[:3] for part in connection.answered.split(b"HTTP/1.1 ")[1:]]


BAD_BODY = HEAD.replace(b" / ", b" /bad ") + b"\r\nzz\r\n"


@pytest.mark.parametrize("broken", [b"GARBAGE\r\n\r\n", BAD_BODY])
@pytest.mark.parametrize("before", [1, 2])
async def test_a_refusal_waits_for_the_answers_before_it(connect, broken, before):
    app = Waiting()
    connection = connect(app)

    await connection.send(GET * before + broken + GET)
    await connection.send(GET)
    connection.protocol.check_time(connection.protocol.loop.time() + 60)
    assert statuses(connection) == []
    assert not connection.transport.closed
    app.go.set()
    await turns()

    assert statuses(connection) == [b"200"] * before + [b"400"]
    assert app.asked == ["/"] * before
    connection.protocol.check_time(connection.protocol.loop.time() + 60)
    assert connection.transport.closed


async def test_behind_an_answer_that_closes_no_refusal_is_written(connect):
    app = Waiting()
    connection = connect(app)

    await connection.send(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"GARBAGE\r\n\r\n")
    app.go.set()
    await turns()

    assert statuses(connection) == [b"200"]
    assert connection.transport.closed


async def test_what_breaks_into_an_answer_that_has_begun_closes(connect):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await asyncio.Event().wait()

    connection = connect(app)
    await connection.send(HEAD + b"\r\n")
    await connection.send(b"zz\r\n")

    assert statuses(connection) == [b"200"]
    assert connection.transport.closed


@pytest.mark.parametrize("size", [7, PIECE, 65536])
@pytest.mark.parametrize(("length", "is_refused"), [(MAX_HEAD - PIECE, False), (MAX_HEAD + PIECE, True)])
async def test_an_extension_is_bounded_to_a_piece_of_the_parser(connect, size, length, is_refused):
    """However it comes: what the parser gets together with the head is not counted."""
    connection, request = connect(names), HEAD + b"\r\n1;" + b"x" * length
    for start in range(0, len(request), size):
        connection.protocol.data_received(request[start : start + size])
    await turns()

    assert (b"HTTP/1.1 431 " in connection.answered) == is_refused
