"""Code of one's own beside Authgate's: a fault in it stops the start, and is told once."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys

import httpx
import pytest

from app.launch import processes
from tests.conftest import eventually
from tests.docs.documents import ROOT
from tests.e2e.wire.production import GOOD
from tests.ports import free_port

pytestmark = pytest.mark.long

DEVELOPMENT = {"DJANGO_SETTINGS_MODULE": "settings.development", "DATABASE_URL": "", "REDIS_URL": "", "ENV_FILE": ""}


@pytest.fixture
def copy(tmp_path):
    """A copy of the project."""
    for name in ("app", "auth", "settings"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("asgi.py", "manage.py"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.fixture
def project(copy):
    """Its routes import what is not there."""
    with (copy / "app/api.py").open("a") as file:
        file.write("\nfrom notes import router as notes_router\n")
    return copy


def run(project, *command, **env):
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    whole = [sys.executable, *command]
    return subprocess.run(whole, cwd=project, env=kept | env, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_import_error_stops_make_run_with_one_traceback(project, workers):
    env = DEVELOPMENT | {"DATA_DIR": str(project / "data"), "PORT": str(free_port()), "WORKERS": workers}
    done = run(project, "-m", "app.launch.serve", **env)

    assert done.returncode == 1
    assert (done.stdout + done.stderr).count("Traceback (most recent call last)") == 1
    assert "No module named 'notes'" in done.stderr


def test_it_stops_a_container_too(project):
    done = run(project, "-m", "app.launch.docker", **GOOD, WORKERS="2")

    assert done.returncode == 1
    assert done.stderr.count("Traceback (most recent call last)") == 1
    assert "No module named 'notes'" in done.stderr


def test_runserver_says_what_to_use_instead():
    done = run(ROOT, "manage.py", "runserver", **DEVELOPMENT)

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "make run" in line


async def test_reload_serves_each_change_and_outlives_a_broken_one(copy):
    port = free_port()
    env = DEVELOPMENT | {"PATH": os.environ["PATH"], "DATA_DIR": str(copy / "data"), "PORT": str(port)}
    command = [sys.executable, "-m", "app.launch.serve", "--reload"]
    urls, own = copy / "app/urls.py", copy / "own.py"
    imports = "from django.http import HttpResponse\nfrom django.urls import path\n"
    route = imports + "own = path('{}', lambda _: HttpResponse())\n"
    with (copy / "log").open("wb") as log:
        server = processes.spawn(command, death_signal=signal.SIGTERM, output=log, env=env, directory=copy)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            await eventually(lambda: status(client, "/health/live", 200), seconds=60)
            good = urls.read_text()
            urls.write_text(f"{good}\nimport nothing_of_that_name\n")
            await eventually(lambda: asyncio.sleep(0, "waiting for a change" in (copy / "log").read_text()), seconds=60)
            own.write_text(route.format("health/mine"))
            urls.write_text(f"from own import own\n{good}\nurlpatterns += [own]\n")
            await eventually(lambda: status(client, "/health/mine", 200), seconds=60)
            own.write_text(route.format("health/mine-too"))  # beside asgi.py: code of one's own lies there too
            await eventually(lambda: status(client, "/health/mine-too", 200), seconds=60)
    finally:
        await asyncio.to_thread(processes.stop, server, grace=15)


async def status(client, path, wanted):
    try:
        return (await client.get(path)).status_code == wanted
    except httpx.TransportError:
        return False
