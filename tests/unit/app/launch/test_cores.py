"""How many hashes run at a time: by what the machine really gives, shared by all workers."""

import os

import pytest

from app.launch import cores

NONE = float("inf")


@pytest.mark.parametrize(
    ("usable", "workers", "threads"),
    [(1, 1, 1), (2, 1, 1), (4, 1, 3), (8, 1, 7), (8, 4, 1), (16, 4, 3), (2, 8, 1), (128, 1, 8), (128, 4, 8)],
)
def test_workers_share_the_cores_but_one_and_hash_eight_at_a_time_at_most(monkeypatch, usable, workers, threads):
    monkeypatch.setattr(cores, "usable", lambda: usable)

    assert cores.for_hashing(workers) == threads


@pytest.mark.parametrize(
    ("affinity", "quota", "usable"), [(64, 2.0, 2), (64, 1.5, 1), (64, 0.25, 1), (2, NONE, 2), (2, 16.0, 2)]
)
def test_affinity_and_quota_count_and_not_the_machine(monkeypatch, affinity, quota, usable):
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(affinity)), raising=False)
    monkeypatch.setattr(cores, "quota", lambda: quota)

    assert cores.usable() == usable


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, NONE),
        ({"cpu.max": "max 100000"}, NONE),
        ({"cpu.max": "150000 100000"}, 1.5),  # in a container: the root is the group's own
        ({"a/b/cpu.max": "400000 100000", "a/cpu.max": "200000 100000"}, 2.0),
        ({"a/b/cpu.max": "400000 100000", "a/cpu.max": "max 100000"}, 4.0),
        ({"a/b/cpu.max": "junk"}, NONE),
    ],
)
def test_the_quota_of_cgroup_2(tmp_path, files, quota):
    assert _quota(tmp_path, "0::/a/b", files) == quota


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"}, NONE),
        ({"cpu/a/cpu.cfs_quota_us": "50000", "cpu/a/cpu.cfs_period_us": "100000"}, 0.5),
    ],
)
def test_the_quota_of_cgroup_1(tmp_path, files, quota):
    assert _quota(tmp_path, "5:memory:/a\n4:cpu,cpuacct:/a\n0::/", files) == quota


def test_without_cgroups_there_is_no_quota(tmp_path):
    assert cores.quota(of=tmp_path / "none", tree=tmp_path) == NONE


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux binds processes to cores")
def test_a_process_that_is_bound_to_one_core_counts_one():
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, [min(before)])
    try:
        assert cores.usable() == 1
    finally:
        os.sched_setaffinity(0, before)


def _quota(directory, groups, files):
    (directory / "groups").write_text(groups + "\n")
    for name, text in files.items():
        path = directory / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return cores.quota(of=directory / "groups", tree=directory / "tree")
