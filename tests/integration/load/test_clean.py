"""manage.py load clean: every trace of the run goes, and nothing else."""

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError
from django.db import models

from auth.load import clean
from auth.models import (
    BlacklistedToken,
    LoadAccount,
    LoadRun,
    Revocation,
    SecurityEvent,
    ServiceClient,
    Session,
    User,
    UserLoginHistory,
)
from tests.conftest import eventually, unique_name
from tests.integration.calls import logout, me, try_login
from tests.integration.load.running import load

OWNED: list[type[models.Model]] = [Session, BlacklistedToken, UserLoginHistory, SecurityEvent, LoadAccount]


@sync_to_async
def rows_of(keys):
    """How many rows of each table refer to these accounts."""
    return {model._meta.db_table: model._base_manager.filter(user__in=keys).count() for model in OWNED}


async def used(client, pool):
    """Log in, log out, and wait for the records."""
    for entry in pool:
        body = (await try_login(client, entry["username"], entry["password"])).json()
        await logout(client, body["access_token"])

    async def recorded():
        return await UserLoginHistory.objects.filter(user__username=pool[-1]["username"]).aexists()

    await eventually(recorded)


async def test_every_trace_goes(seeded, client, tmp_path):
    run = await seeded("--users", "3", "--sessions", "2")
    keys = {entry["user_id"] for entry in run.pool}
    await used(client, run.pool[::2])
    assert min((await rows_of(keys)).values()) > 0

    shown = await load("clean", run.name, "--directory", str(tmp_path))

    assert f"{run.name} is removed" in shown
    assert sum((await rows_of(keys)).values()) == 0
    assert not await User.objects.filter(pk__in=keys).aexists()
    assert not await ServiceClient.objects.filter(client_id=f"load-{run.name}").aexists()
    assert not await LoadRun.objects.filter(name=run.name).aexists()
    assert not run.folder.exists()


async def test_nothing_else_goes(seeded, client, account, tmp_path):
    """Not even what is named as the run's own accounts are."""
    run = await seeded("--users", "3")
    other = await account()
    namesake = await User.objects.acreate(username=f"load-{run.name}-99", email=f"load-{run.name}-99@load.invalid")
    await load("seed", "--run", f"{run.name}-b", "--users", "2", "--directory", str(tmp_path))
    before = await _counts_beside(run)

    await load("clean", run.name, "--directory", str(tmp_path))

    assert await _counts_beside(run) == before
    assert await User.objects.filter(pk__in=[namesake.pk, other.user.pk]).acount() == 2
    assert (await me(client, other.access_token)).status_code == 200
    assert (tmp_path / f"{run.name}-b" / "pool.jsonl").exists()
    await load("clean", f"{run.name}-b", "--directory", str(tmp_path))
    await namesake.adelete()


@sync_to_async
def _counts_beside(run):
    mine = set(LoadAccount.objects.filter(run__name=run.name).values_list("pk", flat=True))
    others = {model._meta.db_table: model._base_manager.exclude(user__in=mine).count() for model in OWNED}
    return others | {
        "users": User.objects.exclude(pk__in=mine).count(),
        "clients": ServiceClient.objects.exclude(client_id=f"load-{run.name}").count(),
        "runs": LoadRun.objects.exclude(name=run.name).count(),
    }


async def test_its_tokens_are_refused_and_the_log_has_the_deletions(seeded, client, tmp_path):
    run = await seeded("--users", "2")
    for entry in run.pool:
        assert (await me(client, entry["access_token"])).status_code == 200

    await load("clean", run.name, "--directory", str(tmp_path))

    async def refused():
        return [(await me(client, entry["access_token"])).status_code for entry in run.pool] == [401, 401]

    await eventually(refused)
    keys = [entry["user_id"] for entry in run.pool]
    reasons = [row.reason async for row in Revocation.objects.filter(user_id__in=keys)]
    assert reasons == ["account_deleted", "account_deleted"]


async def test_an_interrupted_removal_is_continued_and_no_seed_continues_meanwhile(seeded, monkeypatch, tmp_path):
    run = await seeded("--users", "5")
    monkeypatch.setattr(clean, "BATCH", 2)

    def interrupt(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await sync_to_async(clean.remove)(await LoadRun.objects.aget(name=run.name), advance=interrupt)

    assert await LoadAccount.objects.filter(run__name=run.name).acount() == 3
    assert f"{run.name}  removing  3 of 5 accounts" in await load("list")
    with pytest.raises(CommandError, match=r"is being removed: finish with manage\.py load clean"):
        await seeded("--users", "5")
    await load("clean", run.name, "--directory", str(tmp_path))
    assert not await User.objects.filter(username__startswith=f"load-{run.name}-").aexists()


async def test_outcomes_and_reports_stay(seeded, tmp_path):
    run = await seeded("--users", "1")
    (run.folder / "outcomes").mkdir()
    (run.folder / ".pool.csv.part").write_text("of a process that was killed")
    (run.folder / "tokens").mkdir()
    (run.folder / "tokens" / "of-a-driver.json").write_text("secret")

    await load("clean", run.name, "--directory", str(tmp_path))

    assert [path.name for path in run.folder.iterdir()] == ["outcomes"]


async def test_a_pool_that_lies_elsewhere_is_pointed_out(seeded, tmp_path):
    run = await seeded("--users", "1")
    (tmp_path / "elsewhere").mkdir()

    shown = await load("clean", run.name, "--directory", str(tmp_path / "elsewhere"))

    assert "delete the pool where it is" in shown
    assert (run.folder / "pool.jsonl").exists()


async def test_an_unknown_run_is_refused():
    name = unique_name("run")

    with pytest.raises(CommandError, match=f"^There is no run {name}: see manage.py load list.$"):
        await load("clean", name)


async def test_a_batch_that_fails_deletes_nothing_and_logs_nothing(seeded, monkeypatch):
    run = await seeded("--users", "3")
    keys = [entry["user_id"] for entry in run.pool]

    def fail(*_, **__):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Revocation.objects, "bulk_create", fail)
        with pytest.raises(ZeroDivisionError):
            await load("clean", run.name, "--directory", str(run.folder.parent))

    assert await User.objects.filter(pk__in=keys).acount() == 3
    assert not await Revocation.objects.filter(user_id__in=keys).aexists()
    await User.objects.filter(pk=keys[0]).adelete()  # alone again: logged at once
    assert await Revocation.objects.filter(user_id__in=keys).acount() == 1
