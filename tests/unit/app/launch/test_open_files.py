"""The limit of open files is raised where a server starts, and told where it stays low."""

import resource

import pytest

from app.launch import open_files

INFINITE = resource.RLIM_INFINITY


@pytest.fixture
def limits(monkeypatch):
    """The limits of the process, which no test may really lower: set with `limits[:] = [soft, hard]`."""
    current = [1024, 4096]
    monkeypatch.setattr(open_files, "getrlimit", lambda _: tuple(current))
    monkeypatch.setattr(open_files, "setrlimit", lambda _, wanted: current.__setitem__(slice(None), wanted))
    return current


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [
        (1024, 524_288, 524_288),
        (256, INFINITE, open_files.MOST),
        (1024, 1 << 30, open_files.MOST),
        (4096, 4096, 4096),
        (1 << 25, 1 << 30, 1 << 25),
        (INFINITE, INFINITE, INFINITE),
    ],
)
def test_the_soft_limit_is_raised_and_never_lowered(limits, soft, hard, raised):
    limits[:] = [soft, hard]
    open_files.raise_limit()

    assert limits == [raised, hard]


def test_a_system_that_refuses_is_left_alone(limits, monkeypatch):
    def refuse(*_):
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(open_files, "setrlimit", refuse)
    open_files.raise_limit()

    assert limits == [1024, 4096]


@pytest.mark.parametrize(("soft", "told"), [(1024, True), (4095, True), (4096, False), (INFINITE, False)])
def test_a_limit_that_stays_low_is_told(limits, soft, told):
    limits[:] = [soft, soft]

    assert [f"only {soft} files" in doubt for doubt in open_files.doubts()] == [True] * told
