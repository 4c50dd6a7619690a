"""On what it was measured."""

import os
import platform
import re
import subprocess
from pathlib import Path

from app.launch import valkey
from bench import load, venvs
from tests import services

_PACKAGES = {
    "": "Django django-ninja uvicorn uvloop httptools PyJWT cryptography redis hiredis orjson psycopg asgiref",
    "fastapi": "fastapi starlette fastapi-users litestar SQLAlchemy asyncpg redis uvicorn",
    "django": "Django djangorestframework djangorestframework-simplejwt django-ninja-jwt gunicorn psycopg",
}
_ASK = """
import sys
from importlib.metadata import version
print(*(f"{name} {version(name)}" for name in sys.argv[1:]), sep=", ")
"""


def describe() -> dict[str, str]:
    return {
        "cpu": _cpu(),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": load.generator(),
        "postgres": _first_line([services._programs() / "postgres", "--version"]),
        "valkey": _first_line([valkey.find_binary(), "--version"]),
        **{f"packages {name or 'authgate'}": _packages(name) for name in _PACKAGES},
    }


def _cpu() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _packages(name: str) -> str:
    if not venvs.python(name).exists():
        return "not installed"
    return _first_line([venvs.python(name), "-c", _ASK, *_PACKAGES[name].split()])


def _first_line(command: list[str | Path]) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return (answer.stdout or answer.stderr).strip().split("\n", 1)[0]
