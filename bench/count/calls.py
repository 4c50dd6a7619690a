"""Python calls of a piece of work, by sys.monitoring (PEP 669): exact, and the same on every machine.

A call is a Python function, generator or coroutine that begins; what is written in C is not seen.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

_TOOL = 4
_OWN = str(Path(__file__).parent)
_COROUTINES = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_events = sys.monitoring.events


@dataclass(slots=True)
class Calls:
    calls: int = 0
    coroutines: int = 0
    lines: list[str] = field(default_factory=list)
    """Each call in its order, indented by its depth; only when traced."""
    depth: int = 0

    def start(self, code: CodeType, _: int) -> None:
        if _is_own(code):
            return
        self.calls += 1
        self.coroutines += bool(code.co_flags & _COROUTINES)

    def trace_start(self, code: CodeType, offset: int) -> None:
        self.start(code, offset)
        self._enter(code, "async " if code.co_flags & _COROUTINES else "")

    def trace_resume(self, code: CodeType, *_: Any) -> None:
        self._enter(code, "resumed ")

    def trace_end(self, code: CodeType, *_: Any) -> None:
        self.depth -= not _is_own(code)

    def _enter(self, code: CodeType, kind: str) -> None:
        if not _is_own(code):
            self.lines.append(f"{'  ' * self.depth}{kind}{code.co_qualname}  {code.co_filename}:{code.co_firstlineno}")
            self.depth += 1


@contextmanager
def counted(*, traced: bool = False) -> Iterator[Calls]:
    """What begins inside the block, on any thread, the harness left out."""
    found = Calls()
    callbacks = _traced(found) if traced else {_events.PY_START: found.start}
    sys.monitoring.use_tool_id(_TOOL, "authgate-count")
    for event, callback in callbacks.items():
        sys.monitoring.register_callback(_TOOL, event, callback)
    sys.monitoring.set_events(_TOOL, sum(callbacks))
    try:
        yield found
    finally:
        sys.monitoring.set_events(_TOOL, 0)
        sys.monitoring.free_tool_id(_TOOL)


def _traced(found: Calls) -> dict[int, Any]:
    return {
        _events.PY_START: found.trace_start,
        _events.PY_RESUME: found.trace_resume,
        _events.PY_THROW: found.trace_resume,
        _events.PY_RETURN: found.trace_end,
        _events.PY_YIELD: found.trace_end,
        _events.PY_UNWIND: found.trace_end,
    }


def _is_own(code: CodeType) -> bool:
    return code.co_filename.startswith(_OWN) and not code.co_filename.endswith("own_route.py")
