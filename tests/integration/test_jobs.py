"""What runs beside the requests: a defect in it is told at once, and spoils no end."""

import pytest

from app.application import Application
from auth.audit.recorder import Recorder
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
