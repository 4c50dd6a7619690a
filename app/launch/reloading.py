"""Reload during development: the server restarts when a source file changes."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

_EVERY = 0.5  # seconds between two looks
_LEFT_OUT = {"tests", "bench"}

Snapshot = dict[Path, int]


def serve_anew(
    root: Path,
    start: Callable[[], "subprocess.Popen[bytes]"],
    *,
    ready: Callable[["subprocess.Popen[bytes]"], None],
    stop: Callable[["subprocess.Popen[bytes]"], object],
) -> None:
    """Until a signal's exception ends it. A server that ended by itself waits for the next change."""
    while True:
        files = snapshot(root)
        server = start()
        try:
            ready(server)
            while snapshot(root) == files:
                time.sleep(_EVERY)
        finally:
            stop(server)


def snapshot(root: Path) -> Snapshot:
    """When each Python file beside asgi.py, and of the packages there, was changed last."""
    packages = [mark.parent for mark in root.glob("[!.]*/__init__.py") if mark.parent.name not in _LEFT_OUT]
    files = [*root.glob("*.py"), *(file for package in packages for file in package.rglob("*.py"))]
    return {file: file.stat().st_mtime_ns for file in files if file.exists()}
