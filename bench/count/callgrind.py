"""Instructions and allocations of a process between its marks, by valgrind's callgrind.

Valgrind runs the program on a processor of its own, so the figures hang neither on the machine's speed nor on what else
runs. They do hang on the build of Python and of the libraries.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LENGTHS = (64, 192)
"""Requests of the two runs whose difference counts."""
_MARK = "getpriority"
"""The C function that worker.mark calls."""
_ALLOCATORS = ("_PyObject_Malloc", "_PyObject_Calloc", "_PyMem_RawMalloc", "_PyMem_RawCalloc")
_NAMED = re.compile(r"c?fn=\((\d+)\) (\S+)")
_CALLED = re.compile(r"^cfn=\((\d+)\).*\n(?:c(?:fi|fl|ob).*\n)*calls=(\d+)", re.MULTILINE)
_TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)
_MISSING = "instructions are counted by valgrind, which is not installed (Debian: apt install valgrind); left out"


class CallgrindFailedError(RuntimeError):
    """The program ended with an error; the message is what it printed."""


@dataclass(frozen=True, slots=True)
class Section:
    """What happened between two marks. `allocations`: calls of Python's allocators, by a Python with symbols."""

    instructions: int
    allocations: int


def is_there() -> bool:
    """Says so on stderr when valgrind is missing."""
    found = shutil.which("valgrind") is not None
    if not found:
        print(f"bench: {_MISSING}", file=sys.stderr)
    return found


def sections(module: str, *arguments: str) -> list[Section]:
    """Those between the marks that the module makes, in their order. Raises CallgrindFailedError."""
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "profile"
        tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}", f"--dump-before={_MARK}"]
        command = [*_without_random_addresses(), *tool, sys.executable, "-m", module, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
        if done.returncode:
            raise CallgrindFailedError(done.stderr[-2000:])
        dumps = sorted(output.parent.glob("profile.*"), key=lambda path: int(path.suffix[1:]))
        return [_read(dump.read_text()) for dump in dumps[1:]]  # the first is what came before all marks


def environment() -> dict[str, str]:
    """Sets and dictionaries in one order."""
    return {**os.environ, "PYTHONHASHSEED": "0"}


def _without_random_addresses() -> Sequence[str]:
    return ["setarch", "-R"] if shutil.which("setarch") else []


def _read(dump: str) -> Section:
    names = dict(_NAMED.findall(dump))
    total = _TOTAL.search(dump)
    if total is None:
        raise CallgrindFailedError(f"valgrind wrote no totals: {dump[:500]}")
    calls = sum(int(count) for number, count in _CALLED.findall(dump) if names[number] in _ALLOCATORS)
    return Section(int(total[1]), calls)
