"""Seeding for a running server: its tokens must be of the same issuer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings
from django.core.management import CommandError

from auth.models import LoadRun
from tests.integration.load.running import load

METADATA = "/.well-known/oauth-authorization-server"


class Metadata(HTTPServer):
    """A server whose metadata are `content`."""

    content = b""


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == METADATA else 404)
            self.end_headers()
            self.wfile.write(metadata.content)

        def log_message(self, *_):
            """Nothing."""

    metadata = Metadata(("127.0.0.1", 0), Handler)
    threading.Thread(target=metadata.serve_forever, daemon=True).start()
    yield metadata
    metadata.shutdown()
    metadata.server_close()


def url_of(server):
    return f"http://127.0.0.1:{server.server_port}"


async def test_a_server_of_the_same_issuer_is_taken(seeded, server):
    server.content = json.dumps({"issuer": settings.AUTH.issuer}).encode()

    run = await seeded("--users", "1", "--base-url", f"{url_of(server)}/")

    assert (run.run_file["issuer"], run.run_file["base_url"]) == (settings.AUTH.issuer, f"{url_of(server)}/")
    assert "PORT" not in run.shown


async def test_without_a_server_the_issuer_is_shown(seeded):
    run = await seeded("--users", "1")

    assert f"the issuer {settings.AUTH.issuer} " in run.shown


@pytest.mark.parametrize(
    ("content", "pattern"),
    [
        (
            b'{"issuer": "http://127.0.0.1:1"}',
            r"^The server at http\S+ is the issuer http://127.0.0.1:1, these ",
        ),
        (b"{}", "is not the metadata of an Authgate server"),
        (b"[]", "is not the metadata of an Authgate server"),
        (b"<html>", "is not the metadata of an Authgate server"),
    ],
)
async def test_another_server_is_refused(name, tmp_path, server, content, pattern):
    server.content = content

    with pytest.raises(CommandError, match=pattern):
        await load("seed", "--run", name, "--directory", str(tmp_path), "--base-url", url_of(server))

    assert not (tmp_path / name).exists()
    assert not await LoadRun.objects.filter(name=name).aexists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:8000", "ftp://127.0.0.1", "http://[", "\0"])
async def test_a_server_that_cannot_be_asked_is_refused(name, tmp_path, url):
    with pytest.raises(CommandError, match=r"is not the metadata of an Authgate server: start it"):
        await load("seed", "--run", name, "--directory", str(tmp_path), "--base-url", url)

    assert not (tmp_path / name).exists()
