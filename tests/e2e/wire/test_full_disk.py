"""A database whose disk is full answers what reads, and refuses what writes: /health/ready says so.

Linux and root: a file system of its own is mounted for it.
"""

import pwd
import secrets
import subprocess
from contextlib import contextmanager

import psycopg
import pytest

from tests.conftest import bearer, eventually
from tests.e2e.wire import stack as stacks

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif("os.getuid() != 0", reason="only root can mount a file system"),
]
SECONDS = 60.0


@contextmanager
def small_disk(directory, *, size="32m", owner=0):
    directory.mkdir()
    options = f"size={size},mode=0700,uid={owner}"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", directory], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@contextmanager
def full(disk):
    """All that is left is taken, down to the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            while _fits(file, size):
                pass
    try:
        yield
    finally:
        filler.unlink()


def _fits(file, size):
    try:
        return file.write(b"x" * size) == size
    except OSError:
        return False


@contextmanager
def database_on(disk, kind, services):
    """Its address. Of Postgres only the tables lie there: without room for its log it ends, as everybody sees."""
    if kind == "sqlite":
        yield f"sqlite:///{disk}/authgate.sqlite3"
        return
    if services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    name = f"small{secrets.token_hex(4)}"
    with psycopg.connect(services.postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE {name} LOCATION '{disk}'")
        connection.execute(f"CREATE DATABASE {name} TABLESPACE {name}")
        try:
            yield services.postgres.url(name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
            connection.execute(f"DROP TABLESPACE {name}")


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_ready_says_that_the_disk_is_full_and_when_it_is_not(kind, services, tmp_path):
    owner = pwd.getpwnam("nobody").pw_uid if kind == "postgres" else 0
    place = services.directory / f"small-{kind}"
    with small_disk(place, owner=owner) as disk, database_on(disk, kind, services) as url:
        async with (
            stacks.running(kind, services, tmp_path / "data", DATABASE_URL=url) as stack,
            stack.client() as client,
        ):
            await _run_full(stack, client, disk)


async def _run_full(stack, client, disk):
    body = await stack.register(client)

    async def readiness():
        answer = await client.get("/health/ready")
        return answer.json() if answer.status_code == 200 else answer.json()["details"]

    async def is_full():
        return (await readiness())["database"] == "full"

    async def is_ready():
        return (await readiness()).get("status") == "ready"

    with full(disk):
        await eventually(is_full, seconds=SECONDS)
        assert (await client.get("/api/auth/me", headers=bearer(body["access_token"]))).status_code == 200
        assert (await client.get("/health/live")).status_code == 200
        for _ in range(3):  # until no page that is there has room left
            answer = await client.post("/api/auth/register", json=stack.registration())
            assert answer.status_code in (201, 503), answer.text
    await eventually(is_ready, seconds=SECONDS)
    assert (await client.post("/api/auth/register", json=stack.registration())).status_code == 201
