"""What manage.py load seed refuses: one line that says what to do, and nothing half-made stays."""

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.core.management import CommandError

from auth.clients.secrets import hash_secret
from auth.load import accounts, rows
from auth.models import LoadAccount, LoadRun, ServiceClient, User
from tests.integration.load.running import load


@contextmanager
def refused(pattern):
    with pytest.raises(CommandError, match=pattern) as refusal:
        yield
    assert "\n" not in str(refusal.value)


async def nothing_was_made(name, tmp_path):
    runs, clients = LoadRun.objects.filter(name=name), ServiceClient.objects.filter(client_id=f"load-{name}")
    return not (await runs.aexists() or await clients.aexists() or (tmp_path / name).exists())


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        (["--users", "0"], r"^--users must be from 1 to"),
        (["--users", "-1"], r"^--users must be from 1 to"),
        (["--sessions", "0"], r"^--sessions must be from 1 to"),
        (["--run", "../up"], r"^'\.\./up' is not the name of a load test; use 1 to 32"),
        (["--run", ""], r"^'' is not the name of a load test; use 1 to 32"),
    ],
)
async def test_senseless_options_are_refused(name, tmp_path, options, pattern):
    with refused(pattern):
        await load("seed", "--run", name, "--directory", str(tmp_path), *options)

    assert await nothing_was_made(name, tmp_path)


async def test_a_directory_that_is_missing_is_refused(name, tmp_path):
    with refused(rf"^{tmp_path}/away/{name}: No such file or directory\.$"):
        await load("seed", "--run", name, "--directory", str(tmp_path / "away"))

    assert await nothing_was_made(name, tmp_path)


async def test_a_directory_that_is_none_is_refused(name, tmp_path):
    (tmp_path / "file").touch()

    with refused(rf"/file/{name}: Not a directory\.$"):
        await load("seed", "--run", name, "--directory", str(tmp_path / "file"))

    assert await nothing_was_made(name, tmp_path)


async def test_a_run_with_other_counts_is_refused(seeded, name):
    await seeded("--users", "2")

    with refused(f"holds the run {name} with --users 2 --sessions 1: repeat these, or remove it first"):
        await seeded("--users", "3")

    assert await LoadAccount.objects.filter(run__name=name).acount() == 2


async def test_a_run_whose_folder_is_elsewhere_is_refused(seeded, name, tmp_path):
    await seeded("--users", "2")
    (tmp_path / "elsewhere").mkdir()

    with refused(f"^The run {name} exists, but .* does not hold it"):
        await load("seed", "--run", name, "--users", "2", "--directory", str(tmp_path / "elsewhere"))

    assert list((tmp_path / "elsewhere").iterdir()) == []


async def test_the_folder_of_another_server_is_refused(seeded, name):
    run = await seeded("--users", "2")
    (run.folder / "run.json").write_text(json.dumps(run.run_file | {"deployment": "0123456789abcdef"}))

    with refused(r"holds a run of another server \(0123456789abcdef; this one is "):
        await seeded("--users", "2")

    assert await LoadAccount.objects.filter(run__name=name).acount() == 2


async def test_a_folder_with_something_else_is_refused_and_left_alone(name, tmp_path):
    (tmp_path / name / "outcomes").mkdir(parents=True)

    with refused(r"holds other files \(outcomes\): move them away"):
        await load("seed", "--run", name, "--directory", str(tmp_path))

    assert [path.name for path in (tmp_path / name).iterdir()] == ["outcomes"]
    assert not await LoadRun.objects.filter(name=name).aexists()


async def test_a_service_client_of_that_name_is_refused_and_left_alone(name, tmp_path):
    other = await ServiceClient.objects.acreate(client_id=f"load-{name}", secret_hash=hash_secret("own"))

    with refused(f"^There is a service client load-{name} already"):
        await load("seed", "--run", name, "--directory", str(tmp_path))

    await other.arefresh_from_db()
    assert other.secret_hash == hash_secret("own")
    assert not (tmp_path / name).exists()
    await other.adelete()


async def test_a_service_client_of_the_setting_is_refused(name, tmp_path, settings):
    settings.AUTH = replace(settings.AUTH, service_clients={f"load-{name}": hash_secret("own")})

    with refused(f"^There is a service client load-{name} already"):
        await load("seed", "--run", name, "--directory", str(tmp_path))

    assert await nothing_was_made(name, tmp_path)


async def test_an_account_of_that_name_is_refused_and_left_alone(seeded, name, monkeypatch, tmp_path):
    monkeypatch.setattr(accounts, "BATCH", 2)
    other = await User.objects.acreate(username=f"LOAD-{name}-3", password="its own")

    with refused(f"named like one of this run, load-{name}-2 or a later one: remove the run with manage.py load clean"):
        await seeded("--users", "6")

    await load("clean", name, "--directory", str(tmp_path))
    assert await nothing_was_made(name, tmp_path)
    await other.arefresh_from_db()
    assert other.password == "its own"
    await other.adelete()


async def test_two_processes_do_not_seed_one_run(seeded, name, tmp_path):
    run = await seeded("--users", "1")
    lock = os.open(run.folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)

    with refused("^Another process is seeding into"):
        await seeded("--users", "1")

    os.close(lock)
    await seeded("--users", "1")


@pytest.mark.parametrize("file", ["pool.jsonl", "pool.csv"])
async def test_a_full_disk_leaves_no_part_of_a_pool_and_the_same_command_continues(seeded, name, tmp_path, file):
    run = await seeded("--users", "2")
    (run.folder / file).unlink()
    (run.folder / f".{file}.part").symlink_to("/dev/full")

    with refused(rf"{file} cannot be written: No space left on device\. Repeat the command when it can\.$"):
        await seeded("--users", "2")

    assert not [path.name for path in run.folder.iterdir() if "part" in path.name]
    assert await LoadRun.objects.filter(name=name, state="seeding").aexists()
    assert len((await seeded("--users", "2")).pool) == 2


async def test_production_is_not_seeded_unless_the_run_is_named(seeded, name, tmp_path, settings):
    settings.LOAD_TEST_REQUIRED = True
    for named in ("", "another"):
        settings.AUTH = replace(settings.AUTH, load_test=named)
        with refused(f"^These are production settings: to seed all the same, set LOAD_TEST={name} "):
            await seeded("--users", "1")
        assert await nothing_was_made(name, tmp_path)

    settings.AUTH = replace(settings.AUTH, load_test=name)
    assert len((await seeded("--users", "1")).pool) == 1


async def test_what_production_was_seeded_with_is_removed_without_being_named(seeded, name, tmp_path, settings):
    await seeded("--users", "1")
    settings.LOAD_TEST_REQUIRED = True

    await load("clean", name, "--directory", str(tmp_path))

    assert await nothing_was_made(name, tmp_path)


async def test_a_removal_that_begins_meanwhile_ends_the_seeding(seeded, name, monkeypatch):
    monkeypatch.setattr(accounts, "BATCH", 1)
    insert = rows.insert

    def removing(new):
        insert(new)
        LoadRun.objects.filter(name=name).update(state="removing")

    monkeypatch.setattr(rows, "insert", removing)
    with refused(f"^The run {name} is being removed"):
        await seeded("--users", "3")

    assert await LoadAccount.objects.filter(run__name=name).acount() == 1
