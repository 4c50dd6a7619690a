import pytest

from tests.integration.load import verifying


@pytest.fixture
def finished_run(tmp_path):
    """A run in the database and in a folder, without an outcome log yet."""
    run = verifying.new_run(tmp_path)
    yield run
    verifying.remove(run)
