"""manage.py load list, and what every subcommand refuses."""

import re

import pytest
from django.core.management import CommandError

from auth.maintenance import doctor
from auth.models import LoadAccount, LoadRun, User
from tests.conftest import unique_name
from tests.integration.load.running import load


@pytest.fixture
async def run():
    run = await LoadRun.objects.acreate(name=unique_name("run"), users=3, sessions=2, client_id="load-x")
    yield run
    await LoadAccount.objects.filter(run=run).adelete()
    await run.adelete()


async def test_a_run_is_listed_with_its_state_and_how_many_accounts_it_has(run):
    for number in range(2):
        await LoadAccount.objects.acreate(
            user=await User.objects.acreate(username=unique_name()), run=run, number=number
        )

    shown = await load("list")

    line = rf"^{run.name}  seeding  2 of 3 accounts, 2 sessions each, created \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
    assert re.search(line, shown, re.MULTILINE)


async def test_without_runs_it_says_how_to_make_one():
    assert await load("list") == "There are no runs: make one with manage.py load seed.\n"


async def test_a_database_without_its_tables_is_refused_in_one_line(monkeypatch):
    monkeypatch.setattr("auth.management.commands.load.pending_migrations", lambda: doctor.pending_migrations() + 2)

    with pytest.raises(
        CommandError, match=r"^The database lacks 2 migrations: check DATABASE_URL, or run manage.py migrate\.$"
    ):
        await load("list")
