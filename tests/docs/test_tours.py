"""The shell blocks of README.md, pasted whole into a shell, against a server that `make run` would start."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.docs.documents import code_blocks, read
from tests.e2e.wire.server import Server

BLOCKS = code_blocks(read("README.md"), "sh")
[CURL] = [block for block in BLOCKS if re.search(r"\bcurl ", block)]
[HTTPIE] = [block for block in BLOCKS if re.search(r"\bhttp ", block)]
TOOLS = Path(sys.executable).parent
"""Where HTTPie is."""
REST = [block for block in BLOCKS if block not in (CURL, HTTPIE)]


@pytest_asyncio.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Its own SQLite file and Valkey, the settings of development."""
    directory = tmp_path_factory.mktemp("tour")
    env = {"DATA_DIR": str(directory / "data"), "DATABASE_URL": "", "REDIS_URL": ""}
    async with Server(env=env | {"DJANGO_SETTINGS_MODULE": "settings.development"}, launcher=True) as server:
        yield server


async def paste(block: str, server: Server, directory: Path) -> str:
    """Everything that the block prints. Fails the test when a command fails."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=directory,
        env=os.environ | {"BASE": server.url, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"},
    )
    printed, _ = await asyncio.wait_for(process.communicate(block.encode()), 60)
    assert process.returncode == 0, printed.decode()
    return printed.decode()


def assert_toured(printed: str) -> None:
    """Each step has answered, the last one with a refusal."""
    for member in (
        '"token_type"',
        '"date_joined"',
        '"refresh_token"',
        "Your password has been changed",
        "You are logged out",
    ):
        assert re.search(re.escape(member), printed), printed
    assert printed.splitlines()[-1] == "401"


async def test_the_curl_tour_works_twice(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        assert_toured(await paste(CURL, server, tmp_path))


async def test_the_httpie_tour_works(server: Server, tmp_path: Path) -> None:
    assert_toured(await paste(HTTPIE, server, tmp_path))


def test_all_other_shell_blocks_are_calls_of_make_or_apt() -> None:
    targets = re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE)
    commands = [line.split("#")[0].split() for block in REST for line in block.splitlines()]

    assert commands
    for command in commands:
        assert command[:3] == ["apt", "install", "python3-venv"] or (command[0] == "make" and command[1] in targets)
