"""The example of docs/protecting-routes.md, run as a reader would: a file beside the code, two lines in app/api.py."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from app.launch import processes
from tests.conftest import bearer, registration
from tests.docs.documents import ROOT, code_blocks, read
from tests.e2e.wire.server import Server

pytestmark = pytest.mark.long

EXAMPLE, LINES = code_blocks(read("docs/protecting-routes.md"), "python")


class CopyServer(Server):
    """A server that runs the code in `project`."""

    def __init__(self, project: Path) -> None:
        env = {"DATA_DIR": str(project / "data"), "DATABASE_URL": "", "REDIS_URL": ""}
        super().__init__(env=env | {"DJANGO_SETTINGS_MODULE": "settings.development"}, launcher=True)
        self._project = project

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = processes.spawn(
                self.command, death_signal=signal.SIGTERM, output=log, env=self.env, directory=self._project
            )


@pytest_asyncio.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A copy of the project with the example in it."""
    project = tmp_path_factory.mktemp("project")
    for name in ("app", "auth", "settings"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "asgi.py", project)
    (project / "notes.py").write_text(EXAMPLE)
    with (project / "app/api.py").open("a") as file:
        file.write(LINES)
    async with CopyServer(project) as server:
        yield server


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """A user who has just registered."""
    async with httpx.AsyncClient(base_url=f"{server.url}/api") as client:
        answer = await client.post("/auth/register", json=registration(first_name="Ann", last_name="Lee"))
        client.headers.update(bearer(answer.json()["access_token"]))
        yield client


def test_it_passes_lint_as_it_is_pasted(tmp_path: Path) -> None:
    for name in ("app", "auth", "settings", "pyproject.toml", "asgi.py", "manage.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "notes.py").write_text(EXAMPLE)
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]):
        env = {**os.environ, "DATABASE_URL": "sqlite:///:memory:", "ENV_FILE": ""}
        whole = [sys.executable, "-m", *command, "notes.py"]
        done = subprocess.run(whole, check=False, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_takes_it() -> None:
    assert "!*.py" in read(".dockerignore").splitlines()


async def test_a_user_keeps_notes(client: httpx.AsyncClient) -> None:
    await client.post("/notes/", json={"text": "buy milk"})

    assert (await client.get("/notes/")).json() == ["buy milk"]
    assert (await client.get("/notes/first")).json() == "buy milk"
    assert (await client.get("/notes/author")).json() == "Ann Lee"


async def test_a_refusal_with_a_message_of_its_own_has_the_one_error_shape(client: httpx.AsyncClient) -> None:
    answer = await client.get("/notes/first")

    assert answer.status_code == 404
    assert answer.json() == {"error": "not_found", "message": "You have no note yet.", "details": None}


@pytest.mark.parametrize("path", ["/notes/", "/notes/first", "/notes/author", "/notes/count"])
async def test_without_a_token_nobody_passes(client: httpx.AsyncClient, path: str) -> None:
    del client.headers["Authorization"]
    answer = await client.get(path)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authgate"'


async def test_who_is_not_staff_is_refused_where_staff_is_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/notes/count")

    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


async def test_a_logout_is_noticed(client: httpx.AsyncClient) -> None:
    await client.post("/auth/logout")

    assert (await client.get("/notes/")).status_code == 401
