import pytest
import pytest_asyncio

from auth.models import LoadRun
from tests.conftest import unique_name
from tests.integration.load import verifying
from tests.integration.load.running import Seeded, load


@pytest.fixture
def finished_run(tmp_path):
    """A run in the database and in a folder, without an outcome log yet."""
    run = verifying.new_run(tmp_path, unique_name("verify"))
    yield run
    verifying.remove(run)


@pytest_asyncio.fixture
async def name(tmp_path):
    """Of a run, which is removed when the test ends."""
    name = unique_name("run")
    yield name
    if await LoadRun.objects.filter(name=name).aexists():
        await load("clean", name, "--directory", str(tmp_path))


@pytest_asyncio.fixture
async def seeded(name, tmp_path):
    """Seeds a run with these options: `await seeded("--users", "3")`."""

    async def seed(*options):
        shown = await load("seed", "--run", name, "--directory", str(tmp_path), *options)
        return Seeded(name, tmp_path / name, shown)

    return seed
