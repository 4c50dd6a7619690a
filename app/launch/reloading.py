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
    """Run until a signal raises. After a server exits by itself, wait for the next change."""
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
    """The modification time of each Python file beside asgi.py and in the packages there."""
    packages = [mark.parent for mark in root.glob("[!.]*/__init__.py") if mark.parent.name not in _LEFT_OUT]
    files = [*root.glob("*.py"), *(file for package in packages for file in package.rglob("*.py"))]
    return {file: file.stat().st_mtime_ns for file in files if file.exists()}
