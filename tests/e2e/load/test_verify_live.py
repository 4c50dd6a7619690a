"""manage.py load verify after a run against a real server with two workers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.e2e.wire import stack as stacks
from tests.e2e.wire.stack import Stack, manage
from tests.integration.load.driver import Driver

pytestmark = pytest.mark.long

NAME = "live"
USERS = 4
LIMIT = "3/minute"


@asynccontextmanager
async def seeded(services, directory, **settings: str) -> AsyncIterator[Stack]:
    """A server with a run of its own, in `directory`."""
    data = directory / "data"
    data.mkdir()
    async with stacks.running("sqlite", services, data, **settings) as stack:
        options = ["--users", str(USERS), "--directory", str(directory), "--base-url", stack.server.url]
        await manage(stack.server.env, "load", "seed", "--run", NAME, *options)
        yield stack


async def visit(driver: Driver) -> None:
    """A user of the pool who refreshes, retries as after a lost answer, logs out, and logs in again."""
    await driver.me()
    used = driver.refresh_token
    await driver.refresh()
    await driver.me()
    await driver.refresh(used)
    await driver.refresh()
    await driver.me()
    await driver.logout()
    await asyncio.sleep(1.1)  # the bound of a revocation: the rule looks at what is sent after it
    await driver.me()
    await driver.login()
    await driver.me()


async def drive(stack: Stack, directory, *, wrong_passwords: int) -> list[Driver]:
    """One user per line of the pool, all at the same time. The last guesses passwords."""
    lines = [json.loads(line) for line in (directory / NAME / "pool.jsonl").read_text().splitlines()]
    async with stack.client() as client:
        drivers = [driver_of(client, line) for line in lines]
        *users, guesser = drivers
        await asyncio.gather(*map(visit, users))
        for _ in range(wrong_passwords):
            await guesser.login("wrong")
    outcomes = [line for driver in drivers for line in driver.log]
    folder = directory / NAME / "outcomes"
    folder.mkdir()
    (folder / "driver.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in outcomes))
    return drivers


def driver_of(client: httpx.AsyncClient, line: dict[str, str]) -> Driver:
    driver = Driver(client, line["username"], line["password"])
    driver.access_token, driver.refresh_token = line["access_token"], line["refresh_token"]
    return driver


async def verify(stack: Stack, directory, **settings: str) -> dict[str, int]:
    """The broken rules, and how often each is."""
    report, page = directory / "report.json", directory / "report.html"
    options = ["--directory", str(directory), "--json", str(report), "--html", str(page)]
    metrics = ["--metrics", f"{stack.server.url}/metrics"]
    try:
        await manage({**stack.server.env, **settings}, "load", "verify", NAME, *options, *metrics)
    except AssertionError:  # its exit status is not 0
        assert report.exists()
    rules = json.loads(report.read_text())["rules"]
    assert [rule["rule"] for rule in rules if rule["skipped"]] == []
    return {rule["rule"]: rule["count"] for rule in rules if rule["count"]}


async def test_a_run_against_two_workers_passes_and_a_limit_off_by_one_does_not(services, tmp_path):
    async with seeded(services, tmp_path, RATE_LIMIT_LOGIN=LIMIT) as stack:
        *_, guesser = await drive(stack, tmp_path, wrong_passwords=5)

        assert [line["status"] for line in guesser.log] == [401, 401, 401, 429, 429]
        assert await verify(stack, tmp_path) == {}
        assert await verify(stack, tmp_path, RATE_LIMIT_LOGIN="2/minute") == {"login-limit": 1}
        assert await verify(stack, tmp_path, RATE_LIMIT_LOGIN="4/minute") == {"login-limit": 2}


async def test_a_server_without_grace_ends_sessions_that_retry(services, tmp_path):
    without = {"JWT_ROTATION_GRACE_SECONDS": "0", "JWT_LOST_ANSWER_RETRY_SECONDS": "0"}
    async with seeded(services, tmp_path, RATE_LIMIT_LOGIN=LIMIT, **without) as stack:
        await drive(stack, tmp_path, wrong_passwords=5)
        report = tmp_path / "report.json"
        options = ["--directory", str(tmp_path), "--json", str(report)]
        with pytest.raises(AssertionError):
            await manage(stack.server.env, "load", "verify", NAME, *options)

    rules = json.loads(report.read_text())["rules"]
    assert {rule["rule"]: rule["count"] for rule in rules if rule["count"]} == {"reuse": USERS - 1}
