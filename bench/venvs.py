"""The peers' environments, made at first use from the locked requirements-*.txt beside this file."""

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

from bench.progress import say

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def python(name: str) -> Path:
    """The interpreter of environment `name`: "django", "fastapi", or "" for our own. Raises SystemExit."""
    return _directory(name) / "bin" / "python" if name else Path(sys.executable)


def require(name: str) -> None:
    """Make the environment, unless it is as locked already."""
    if not name or _is_current(name):
        return
    say(f"installing the packages of the {name} peers into bench/.venvs/{name}")
    shutil.rmtree(_directory(name), ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", _directory(name)], check=True)
        subprocess.run(_install_command(name), check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"bench: cannot install the {name} peers ({error}); leave them out with --only") from error
    shutil.copy(_lock(name), _directory(name) / "lock.txt")


def _install_command(name: str) -> list[str | Path]:
    wanted: list[str | Path] = ["--require-hashes", "-r", _lock(name)]
    uv = shutil.which("uv") or shutil.which("uv", path=ROOT / ".tools" / "bin")
    if uv:
        return [uv, "pip", "install", "-q", "--compile-bytecode", "--python", python(name), *wanted]
    return [python(name), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted]


def _is_current(name: str) -> bool:
    kept = _directory(name) / "lock.txt"
    return kept.exists() and filecmp.cmp(kept, _lock(name), shallow=False)


def _directory(name: str) -> Path:
    return HERE / ".venvs" / name


def _lock(name: str) -> Path:
    return HERE / f"requirements-{name}.txt"
