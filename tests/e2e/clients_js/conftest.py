"""The npm package as its users get it. `make test-js` brings what these tests need; without that they are skipped."""

import fcntl
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.docs.documents import ROOT
from tests.e2e.wire.server import Server

SOURCE = ROOT / "clients" / "js"


def missing() -> str:
    """Why nothing of this can run here; empty if it can."""
    if absent := [tool for tool in ("node", "npm") if not shutil.which(tool)]:
        return f"{' and '.join(absent)} not installed: clients/js was NOT tested"
    return "" if (SOURCE / "node_modules").is_dir() else "clients/js was NOT tested: run `make test-js`"


@pytest.fixture(scope="session", autouse=True)
def _node() -> None:
    if reason := missing():
        pytest.skip(reason)


def run(*command: str, cwd: Path) -> str:
    """What it prints. Fails the test when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def project(_node: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An npm project of somebody else, with the packed package installed and axios beside it."""
    packed = tmp_path_factory.mktemp("packed")
    with (SOURCE / "package.json").open() as source:
        fcntl.flock(source, fcntl.LOCK_EX)  # packing builds into dist, and other processes of this run pack too
        run("npm", "pack", "--silent", "--pack-destination", str(packed), cwd=SOURCE)
    [tarball] = packed.glob("authgate-*.tgz")
    project = tmp_path_factory.mktemp("project")
    (project / "package.json").write_text('{"type": "module", "private": true}')
    # It depends on nothing: there is nothing to fetch.
    run("npm", "install", "--offline", "--no-audit", "--no-fund", str(tarball), cwd=project)
    (project / "node_modules" / "axios").symlink_to(SOURCE / "node_modules" / "axios")
    return project


@pytest_asyncio.fixture(scope="session")
async def server(_node: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """As `make run` starts it: its own SQLite file and Valkey, the settings of development."""
    directory = tmp_path_factory.mktemp("client")
    env = {"DATA_DIR": str(directory / "data"), "DATABASE_URL": "", "REDIS_URL": ""}
    async with Server(env=env | {"DJANGO_SETTINGS_MODULE": "settings.development"}, launcher=True) as server:
        yield server
