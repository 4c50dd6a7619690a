"""Static files and those of the demo page: which part is asked for, and who may store what."""

import pytest

from tests.integration.http.problem import assert_error

FILES = ["/static/ninja/swagger-ui.css", "/", "/demo/app.js"]


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
async def test_another_method_on_a_file_is_405(client, path, method):
    answer = await client.request(method, path)

    assert_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", FILES)
async def test_a_part_that_a_file_does_not_have_is_416(client, path):
    answer = await client.get(path, headers={"Range": "bytes=99999999-"})

    assert_error(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"].startswith("bytes */")


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("fields", [{}, {"Range": "bytes=0-9"}])
async def test_head_opens_no_file_and_has_the_fields_of_get(client, monkeypatch, path, fields):
    got = await client.get(path, headers=fields)
    opened = []
    monkeypatch.setattr("servestatic.responders.AsyncFile", lambda *names: opened.append(names))

    told = await client.head(path, headers=fields)

    assert opened == []
    assert told.status_code == got.status_code
    different = {"x-request-id"}
    assert {k: v for k, v in told.headers.items() if k not in different} == {
        k: v for k, v in got.headers.items() if k not in different
    }


async def test_no_error_below_static_is_stored_and_every_file_is(client):
    path = FILES[0]
    refused = [
        await client.get("/static/x.js"),
        await client.get("/static/"),
        await client.post(path),
        await client.post(path, content=b"x" * 70_000),
        await client.get(path, headers={"Range": "bytes=99999999-"}),
    ]
    found = await client.get(path)
    asked_again = await client.get(path, headers={"If-None-Match": found.headers["etag"]})
    served = [found, asked_again, await client.head(path), await client.get(path, headers={"Range": "bytes=0-1"})]

    assert [answer.status_code for answer in refused] == [404, 404, 405, 413, 416]
    assert {answer.headers["cache-control"] for answer in refused} == {"no-store"}
    assert [answer.status_code for answer in served] == [200, 304, 200, 206]
    assert {answer.headers["cache-control"] for answer in served} == {"max-age=3600, public"}
