"""A real server accepts what was seeded, whatever happened to the process that seeded it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import bearer, eventually
from tests.e2e.wire import production
from tests.e2e.wire import stack as stacks
from tests.integration.oauth.calls import Service

pytestmark = pytest.mark.long

_PROJECT = Path(__file__).resolve().parents[3]
USERS = 5000  # as many as need several processes
SECONDS = 120.0


@pytest_asyncio.fixture(params=["sqlite", "postgres"])
async def seeded_stack(request, services, tmp_path):
    """Started with LOAD_TEST, as a production server is that is load-tested."""
    if request.param == "postgres" and services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    async with stacks.running(request.param, services, tmp_path / "data", LOAD_TEST="wire") as stack:
        yield stack


def load(stack, directory, *command):
    """`manage.py load …` in a session of its own, whose output can be read as it comes."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "load", *command, "--directory", str(directory)],
        cwd=_PROJECT,
        env=stack.server.env,  # with PORT, of which the issuer is made
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def seeding(stack, directory):
    return load(stack, directory, "seed", "--run", "wire", "--users", str(USERS))


def end(process):
    process.communicate()
    assert process.returncode == 0


def kill_at(process, line):
    """Once it has printed this."""
    with process.stdout:
        assert any(shown.startswith(line) for shown in process.stdout)
    process.kill()
    assert process.wait() == -signal.SIGKILL


async def nothing_runs(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def read_pool(folder):
    return [json.loads(line) for line in (folder / "pool.jsonl").read_text().splitlines()]


async def test_a_seed_that_is_killed_twice_is_completed_accepted_and_removed(seeded_stack, tmp_path):
    stack = seeded_stack
    for line in ("Accounts: 2000 of", "Tokens: 1000 of"):
        process = seeding(stack, tmp_path)
        await asyncio.to_thread(kill_at, process, line)
        await eventually(partial(nothing_runs, process.pid), seconds=SECONDS)
        assert not (tmp_path / "wire" / "pool.jsonl").exists()

    await asyncio.to_thread(end, seeding(stack, tmp_path))

    pool = read_pool(tmp_path / "wire")
    assert [entry["username"] for entry in pool] == [f"load-wire-{number}" for number in range(USERS)]
    await _accepted(stack, tmp_path / "wire", pool[:: USERS // 10])
    assert '"event":"load_test_allowed"' in stack.server.output()
    await asyncio.to_thread(end, load(stack, tmp_path, "clean", "wire"))
    await _gone(stack, pool[:: USERS // 10])
    assert not (tmp_path / "wire").exists()


async def _accepted(stack, folder, entries):
    described = json.loads((folder / "run.json").read_text())
    caller = Service(described["client_id"], described["client_secret"])
    trusted = {"Authgate-Client": caller.basic["Authorization"]}
    async with stack.client() as client:
        for entry in entries:
            answer = await client.get("/api/auth/me", headers=bearer(entry["access_token"]))
            assert (answer.status_code, answer.json().get("id")) == (200, entry["user_id"])
            body = {"refresh_token": entry["refresh_token"]}
            answer = await client.post("/api/auth/refresh", json=body, headers=trusted)
            assert answer.status_code == 200, answer.text
            answer = await client.get("/api/auth/me", headers=bearer(answer.json()["access_token"]))
            assert answer.status_code == 200
        body = {"username": entries[0]["username"], "password": described["password"]}
        assert (await client.post("/api/auth/login", json=body, headers=trusted)).status_code == 200


async def _gone(stack, entries):
    async with stack.client() as client:

        async def refused():
            answers = [await client.get("/api/auth/me", headers=bearer(entry["access_token"])) for entry in entries]
            return {answer.status_code for answer in answers} == {401}

        await eventually(refused, seconds=SECONDS)
    assert (await stack.shell("print(User.objects.filter(username__startswith='load-').count())")).strip() == "0"


def in_production(tmp_path, *command, **changes):
    """On a database of its own: production settings on SQLite, which they only advise against."""
    here = {"DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3", "DATA_DIR": str(tmp_path / "data")}
    return production.start("manage.py", *command, **here, **changes)


def test_production_is_seeded_only_if_the_run_is_named_and_else_refuses_in_one_line(tmp_path):
    assert in_production(tmp_path, "migrate", "--verbosity=0").returncode == 0
    seed = ("load", "seed", "--run", "nightly", "--users", "2", "--directory", str(tmp_path))

    for named in ("", "another"):
        done = in_production(tmp_path, *seed, LOAD_TEST=named)
        [line] = done.stderr.splitlines()
        assert done.returncode == 1
        assert line.startswith(
            "CommandError: These are production settings: to seed all the same, set LOAD_TEST=nightly"
        )
        assert not (tmp_path / "nightly").exists()

    assert in_production(tmp_path, *seed, LOAD_TEST="nightly").returncode == 0
    assert len(read_pool(tmp_path / "nightly")) == 2


def test_a_name_that_cannot_be_one_stops_the_server(tmp_path):
    done = production.start("manage.py", "check", LOAD_TEST="../up")

    assert done.returncode == 1
    assert "authgate: LOAD_TEST: is not the name of a load test; use 1 to 32" in done.stderr


def test_a_database_without_tables_is_refused_in_one_line(tmp_path):
    done = in_production(tmp_path, "load", "seed", "--run", "nightly", "--directory", str(tmp_path))

    [line] = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.startswith("CommandError: The database lacks ")
    assert not (tmp_path / "nightly").exists()
