"""How many processor cores this process may use, and how many hash passwords."""

import os
from pathlib import Path

MOST_HASHING = 8
"""Threads per worker. Each needs the memory of one hash, 19 MiB."""
_CGROUP = Path("/proc/self/cgroup")
_TREE = Path("/sys/fs/cgroup")


def for_hashing(workers: int) -> int:
    """Threads for one of `workers`: together they leave one core for the event loops, if there are several."""
    return min(MOST_HASHING, max(1, (usable() - 1) // workers))


def usable() -> int:
    """Cores that this process may use: its CPU affinity, limited by the quota of its control group. At least one."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(count, quota())))


def quota(*, of: Path = _CGROUP, tree: Path = _TREE) -> float:
    """The cores that the control groups around us grant in all (Linux, cgroup-v2 and -v1 CPU bandwidth control)."""
    try:
        groups = [line.split(":", 2) for line in of.read_text().splitlines()]
    except OSError:  # another system
        return float("inf")
    return min((_granted(tree, controllers, path) for _, controllers, path in groups), default=float("inf"))


def _granted(tree: Path, controllers: str, path: str) -> float:
    """The quota of the group and its parents. A container sees its own group as the root, whatever the path says."""
    if controllers and "cpu" not in controllers.split(","):
        return float("inf")
    root = tree / "cpu" if controllers else tree
    group = root / path.lstrip("/")
    return min(_limit(group_path) for group_path in [group, *group.parents] if group_path.is_relative_to(root))


def _limit(group: Path) -> float:
    return min(
        _ratio(_fields(group / "cpu.max")), _ratio(_fields(group / "cpu.cfs_quota_us", group / "cpu.cfs_period_us"))
    )


def _fields(*files: Path) -> list[str]:
    try:
        return [word for file in files for word in file.read_text().split()]
    except OSError:
        return []


def _ratio(parts: list[str]) -> float:
    """Of "quota period" in microseconds; "max" and -1 stand for no quota."""
    if len(parts) != 2 or not parts[0].isdigit():
        return float("inf")
    return int(parts[0]) / int(parts[1])
