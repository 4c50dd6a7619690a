"""manage.py load verify sees through servers that are broken on purpose, each for its own reason."""

import asyncio
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async

from auth.core.policies import Quota
from auth.load.judgement import judge_run
from tests.conftest import PASSWORD, application_with, limited, unique_name, visitor
from tests.integration.load import verifying
from tests.integration.load.broken_servers import BROKEN
from tests.integration.load.driver import Driver

BOUND = 1.1
"""After it, a revoked token is refused; the rule looks at requests from then on."""


@pytest.fixture
async def run(tmp_path):
    run = await sync_to_async(verifying.new_run)(tmp_path, unique_name("verify"), password=PASSWORD)
    yield run
    await sync_to_async(verifying.remove)(run)


@pytest.fixture
async def driver(run, client):
    return Driver(client, f"load-{run.name}-0", PASSWORD)


async def broken(run, driver):
    """The rules that are broken."""
    driver.save(run.outcomes)
    report = await sync_to_async(judge_run)(run.name, directory=str(run.directory), metrics=None, allowed=frozenset())
    return {rule["rule"] for rule in report["rules"] if rule["count"]}


async def visit(driver):
    """A user who logs in, refreshes, retries as after a lost answer, and logs out. Refusals do not stop it."""
    await driver.login()
    await driver.me()
    used = driver.refresh_token
    await driver.refresh()
    await driver.refresh(used)
    await driver.me()
    await driver.logout()
    await asyncio.sleep(BOUND)
    await driver.me()


async def test_a_correct_server_breaks_no_rule(run, driver):
    await visit(driver)

    assert await broken(run, driver) == set()
    assert [line["status"] for line in driver.log] == [200] * 6 + [401]


@pytest.mark.parametrize("variant", BROKEN, ids=lambda variant: variant.__name__)
async def test_a_broken_server_is_found_by_its_rule(run, driver, variant):
    await driver.login()
    with variant():
        await visit(driver)

    assert BROKEN[variant] in await broken(run, driver)


@pytest.mark.parametrize(("quota", "expected"), [(3, set()), (4, {"login-limit"}), (2, {"login-limit"})])
async def test_a_limit_that_is_off_by_one_is_found(settings, run, quota, expected):
    async with application_with(settings, login=Quota(quota, 60)) as application, visitor(application) as client:
        driver = Driver(client, f"load-{run.name}-0", PASSWORD)
        for _ in range(6):
            await driver.login("wrong")
    settings.AUTH = replace(settings.AUTH, policies=limited(settings.AUTH, login=Quota(3, 60)))

    assert await broken(run, driver) == expected
