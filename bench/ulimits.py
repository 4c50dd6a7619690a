"""What this machine must be able to do, said before anything is started."""

import resource
import sys
from pathlib import Path

OPEN_FILES = 12_000
"""Of a server that holds 10,500 connections, and of the client that opens them."""


def check_machine() -> None:
    """Raises SystemExit when nothing can be measured here."""
    if not Path("/proc/self/smaps_rollup").exists():
        sys.exit("bench: CPU and memory are read from /proc; run this on Linux 4.14 or newer (or in a container on it)")
    _raise_open_files()


def open_files() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _raise_open_files() -> None:
    """Children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
