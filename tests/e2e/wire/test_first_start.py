"""A database that nobody has migrated yet, or that several servers find at once, or that cannot hold every name."""

import asyncio
import secrets
import subprocess
import sys

import httpx
import psycopg
import pytest

from app.launch import valkey as embedded
from tests.conftest import eventually
from tests.e2e.wire.production import ROOT, start
from tests.e2e.wire.server import Server
from tests.ports import free_port

pytestmark = pytest.mark.long

AT_ONCE = 4


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, services, tmp_path):
    """The address of an empty one."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/first.sqlite3"
    if services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    return services.create_database(f"first{secrets.token_hex(4)}")


async def test_of_servers_that_start_at_once_one_migrates_and_the_others_wait(database):
    command = ("manage.py", "migrate", "--no-color")
    runs = await asyncio.gather(*(asyncio.to_thread(start, *command, DATABASE_URL=database) for _ in range(AT_ONCE)))

    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * AT_ONCE
    assert ["No migrations to apply." in run.stdout for run in runs].count(True) == AT_ONCE - 1


@pytest.fixture
def valkey(tmp_path):
    valkey = embedded.start(tmp_path / "valkey")
    yield valkey
    valkey.stop()


async def test_a_login_on_a_database_without_tables_is_503_until_it_is_migrated(database, valkey, tmp_path):
    env = {
        "DJANGO_SETTINGS_MODULE": "settings.development",
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": database,
        "REDIS_URL": valkey.url,
    }
    server = Server(env=env)
    server.start()
    try:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            await eventually(lambda: _is_alive(client), seconds=60)
            login = {"username": "ann", "password": "correct horse battery staple"}
            before = await client.post("/api/auth/login", json=login)
            ready = await client.get("/health/ready")
            await asyncio.to_thread(_migrate, server)
            await eventually(lambda: _is_ready(client), seconds=60)
            after = await client.post("/api/auth/login", json=login)
    finally:
        await server.stop()

    assert (before.status_code, before.json()["error"]) == (503, "service_unavailable")
    assert before.headers["retry-after"] == "1"
    assert ready.status_code == 503
    assert (after.status_code, after.json()["error"]) == (401, "invalid_credentials")
    assert "Traceback" not in server.output()


async def _is_alive(client):
    try:
        return (await client.get("/health/live")).status_code == 200
    except httpx.TransportError:
        return False


async def _is_ready(client):
    return (await client.get("/health/ready")).status_code == 200


def _migrate(server):
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=server.env, check=True, capture_output=True)


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def narrow_database(request, services):
    """The address of a database that cannot hold every name, or does not know what it holds."""
    if services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    name = f"narrow{secrets.token_hex(4)}"
    with psycopg.connect(services.postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING '{request.param}' TEMPLATE template0 LOCALE 'C'")
    return request.param, services.postgres.url(name)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["manage.py", "migrate"], "CommandError: "),
        (["-m", "app.launch.docker"], "authgate: "),
        (["-m", "app.launch.serve"], "authgate: cannot start: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_database_that_is_not_utf_8_is_refused_in_one_line(narrow_database, command, words, tmp_path):
    encoding, url = narrow_database

    run = start(*command, DATABASE_URL=url, DATA_DIR=str(tmp_path), HOST="127.0.0.1", PORT=str(free_port()))

    assert run.returncode == 1
    [line] = run.stderr.splitlines()
    assert line.startswith(f"{words}DATABASE_URL: the database's encoding is {encoding}; make one with: createdb ")


@pytest.mark.parametrize("command", ["app.launch.docker", "app.launch.serve"])
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("EMAIL_BACKEND", "smtp", "EMAIL_BACKEND cannot be imported"),
        ("JWT_PRIVATE_KEYS", "hunter2", "JWT_PRIVATE_KEYS: "),
        ("JWT_CLAIMS_HOOK", "no.such.hook", "JWT_CLAIMS_HOOK cannot be imported"),
        ("DATA_DIR", "/dev/null/x", ""),
    ],
)
def test_what_no_server_can_run_on_is_told_before_one_starts(tmp_path, command, name, value, words):
    run = start(
        "-m", command, **{"DATA_DIR": str(tmp_path), "HOST": "127.0.0.1", "PORT": str(free_port()), name: value}
    )

    [line] = run.stderr.splitlines()
    assert run.returncode == 1
    assert line.removeprefix("authgate: ").removeprefix("cannot start: ").startswith(words)
    assert "hunter2" not in line
