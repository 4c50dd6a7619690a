"""What runs beside the requests: a defect in it is told at once, and spoils no end."""

import asyncio
from dataclasses import fields
from typing import get_args

import pytest

from app.application import Application
from app.redis_watch import RedisWatch
from app.wiring import background_jobs
from auth.audit.recorder import Recorder
from auth.core.job import Thread
from auth.signing_keys.watcher import KeyDirectoryWatcher
from auth.stores.client import RedisStore
from tests.conftest import eventually


@pytest.fixture
def closed(monkeypatch):
    """Whether the last thing that an orderly end does was done."""
    close, done = RedisStore.aclose, []

    async def aclose(store):
        await close(store)
        done.append(True)

    monkeypatch.setattr(RedisStore, "aclose", aclose)
    return done


async def fail(_):
    raise ZeroDivisionError


@pytest.mark.parametrize("job", [KeyDirectoryWatcher, Recorder])
async def test_a_job_that_fails_is_told_of_at_once_and_the_end_is_orderly(monkeypatch, caplog, closed, job):
    monkeypatch.setattr(job, "run", fail)

    async def told():
        return [record for record in caplog.records if "job_failed" in str(record.msg)]

    async with Application().running():
        [record] = await eventually(told)

    assert record.levelname == "ERROR"
    assert closed


def test_every_part_of_the_runtime_that_works_in_the_background_is_run(runtime):
    watch = RedisWatch(runtime.store, identify=lambda: asyncio.sleep(0, ""))
    parts = [getattr(runtime, part.name) for part in fields(runtime)]
    jobs = background_jobs(runtime, watch)

    assert {part for part in parts if hasattr(part, "thread")} <= set(jobs)
    assert len(set(jobs)) == len(jobs)
    assert {job.thread for job in jobs} == set(get_args(Thread))
