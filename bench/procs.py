"""What processes cost, read from /proc: CPU of a tree, memory of a tree, CPU of the whole machine."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Of all processes of a tree, in MiB. PSS counts a page that n processes share as 1/n."""

    rss: float
    pss: float


def cpu_seconds(root: int) -> float:
    """User and system time of a process and all its descendants, the ended ones included."""
    stats = {pid: _stat(pid) for pid in _pids()}
    ticks = sum(sum(map(int, stats[pid][11:15])) for pid in _tree(root, stats))
    return ticks / _TICK


def busy_seconds() -> float:
    """User, nice and system time of all cores."""
    fields = (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, soft = (int(field) for field in fields[:7])
    return (user + nice + system + irq + soft) / _TICK


def memory(root: int) -> Memory:
    totals = {"Rss": 0, "Pss": 0}
    for pid in _tree(root, {pid: _stat(pid) for pid in _pids()}):
        for name, kibibytes in _rollup(pid):
            totals[name] += kibibytes
    return Memory(totals["Rss"] / 1024, totals["Pss"] / 1024)


def _pids() -> list[int]:
    return [int(entry.name) for entry in os.scandir(_PROC) if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; none when the process has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def _tree(root: int, stats: dict[int, list[str]]) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        if fields:
            children.setdefault(int(fields[1]), []).append(pid)
    waiting = [root] if stats.get(root) else []
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def _rollup(pid: int) -> Iterator[tuple[str, int]]:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return
    for line in lines:
        name, value, *_ = line.split()
        if name in ("Rss:", "Pss:"):
            yield name[:-1], int(value)
