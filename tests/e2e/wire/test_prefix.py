"""Nothing is served under a prefix. Whoever starts a server with one is told."""

import subprocess

import httpx
import pytest

from tests.e2e.wire.production import ROOT, start
from tests.ports import free_port

pytestmark = pytest.mark.long

DEVELOPMENT = {"DJANGO_SETTINGS_MODULE": "settings.development", "HOST": "127.0.0.1"}


def begin(tmp_path, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    stores = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": "redis://127.0.0.1:1/0", "JWT_ISSUER": ""}
    return start(*command, **{**DEVELOPMENT, **stores, "PORT": str(free_port()), **changes})


@pytest.mark.parametrize(
    ("options", "variables", "told"),
    [
        (["--root-path", "/x"], {}, "--root-path is given"),
        (["--root-path=/x"], {}, "--root-path is given"),
        ([], {"UVICORN_ROOT_PATH": "/x"}, "UVICORN_ROOT_PATH is set"),
    ],
)
def test_uvicorn_itself_ends_with_one_line(tmp_path, options, variables, told):
    uvicorn = ["-m", "uvicorn", "asgi:application", "--port", "0", *options]

    run = begin(tmp_path, *uvicorn, **variables)

    assert run.returncode == 3
    [line] = [line for line in run.stdout.splitlines() if "authgate: " in line]
    assert f"authgate: {told}; leave it out, and serve Authgate at the root of its own host name" in line
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize("module", ["app.launch.serve", "app.launch.docker"])
def test_what_starts_uvicorn_ends_with_one_line(tmp_path, module):
    run = begin(tmp_path, "-m", module, UVICORN_ROOT_PATH="/x")

    assert run.returncode == 1
    [line] = run.stderr.splitlines()
    assert "UVICORN_ROOT_PATH is set; leave it out, and serve Authgate at the root of its own host name" in line


def test_a_prefix_of_django_ends_the_start_with_one_line(tmp_path):
    (tmp_path / "prefixed.py").write_text("from settings.development import *\nFORCE_SCRIPT_NAME = '/x'\n")

    run = begin(
        tmp_path,
        *("-m", "app.launch.docker"),
        DJANGO_SETTINGS_MODULE="prefixed",
        PYTHONPATH=f"{tmp_path}:{ROOT}",
    )

    assert run.returncode == 1
    assert run.stderr.startswith("authgate: FORCE_SCRIPT_NAME is set; leave it out, and serve Authgate at the root of ")
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize("path", ["/api/auth/me", "/health/ready", "/", "/static/x", "/admin/"])
async def test_a_prefix_that_only_requests_show_is_400(application, path):
    transport = httpx.ASGITransport(application, root_path="/x")
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        answer = await client.get(f"/x{path}")

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"
    assert "serve Authgate at the root of its own host name" in answer.json()["message"]
