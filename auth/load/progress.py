"""How far a long command is: a bar on a terminal, lines elsewhere."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from django.core.management.base import OutputWrapper

Advance = Callable[[int], None]


def progress(label: str, *, total: int, stdout: OutputWrapper) -> AbstractContextManager[Advance]:
    """`with progress(...) as advance: advance(100)`. Without the library rich there is no bar."""
    if sys.stderr.isatty() and importlib.util.find_spec("rich") is not None:
        return _bar(label, total)
    return _lines(label, total, stdout)


@contextmanager
def _bar(label: str, total: int) -> Iterator[Advance]:
    from rich import progress as bars
    from rich.console import Console

    columns = (*bars.Progress.get_default_columns(), bars.MofNCompleteColumn())
    with bars.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.advance(task, count)


@contextmanager
def _lines(label: str, total: int, stdout: OutputWrapper) -> Iterator[Advance]:
    """A line for each tenth."""
    done = shown = 0

    def advance(count: int) -> None:
        nonlocal done, shown
        done = min(done + count, total)
        if done * 10 // total > shown:
            shown = done * 10 // total
            stdout.write(f"{label}: {done} of {total}")
            stdout.flush()

    yield advance
