"""Outcome logs: one line of JSON per request that a load driver sent."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import orjson

from auth.core.run_names import account_pattern
from auth.load.runs import LoadError

CUT = "cut"
"""`error` of a request that was in flight when the driver stopped: neither an answer nor a failure."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request that ended. `gen`, `successor` and `how` are of the tokens in the answer."""

    at: float
    """Unix seconds when it was sent."""
    ms: float
    op: str
    status: int
    """0: no response."""
    error: str | None = None
    username: str | None = None
    sid: str | None = None
    presented: int | None = None
    """The generation of the token that was sent."""
    gen: int | None = None
    successor: str | None = None
    jti: str | None = None
    how: str | None = None
    retry_after: int | None = None
    ended_sid: str | None = None

    @property
    def answered(self) -> float:
        """Unix seconds when the answer was complete."""
        return self.at + self.ms / 1000

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300 or self.status == 101  # a WebSocket that opened

    @property
    def is_undecided(self) -> bool:
        """Whether the server may or may not have done what was requested: the answer does not say."""
        return self.status == 0 or self.status >= 500

    @property
    def kind(self) -> str:
        """What it counts as: operation, status and error code."""
        return " ".join(filter(None, (self.op, str(self.status), self.error)))


_NUMBERS = ("at", "ms")
_LARGEST = 1e11
"""Of both: in Unix seconds, the year 5138."""
_COUNTS = ("presented", "gen", "retry_after")
_NAMES = tuple(field.name for field in fields(Outcome))
_TEXTS = tuple(name for name in _NAMES if name not in {*_NUMBERS, *_COUNTS, "status"})


class OutcomeLog:
    """All files of a run. Each iteration reads them again, a line at a time. Raises LoadError, OSError."""

    def __init__(self, directory: Path, run: str) -> None:
        self.paths = sorted(directory.glob("*.jsonl"))
        self._account = account_pattern(run)
        if not self.paths:
            raise LoadError(f"There is no outcome log in {directory}: a driver writes NAME.jsonl there.")

    def __iter__(self) -> Iterator[Outcome]:
        for path in self.paths:
            with path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    if not line.isspace():
                        yield self._parse(line, path, number)

    def _parse(self, line: bytes, path: Path, number: int) -> Outcome:
        try:
            outcome = outcome_of(orjson.loads(line))
            _require(self._is_of_the_run(outcome.username), f"{outcome.username!r} is not an account of this run")
        except ValueError as error:
            raise LoadError(f"{path}, line {number}: {error}.") from error
        return outcome

    def _is_of_the_run(self, username: str | None) -> bool:
        return username is None or self._account.fullmatch(username) is not None


def outcome_of(values: Any) -> Outcome:
    """Raises ValueError with what is wrong. Unknown keys are ignored."""
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  one kind of error for whatever a file may hold
    _require(all(_is_number(values.get(name)) for name in _NUMBERS), "`at` and `ms` must be numbers from 0 to 1e11")
    status = values.get("status")
    _require(type(status) is int and (status == 0 or 100 <= status < 600), "`status` must be 0 or an HTTP status")
    _require(isinstance(values.get("op"), str) and 0 < len(values["op"]) <= 32, "`op` must be a short text")
    for name in _TEXTS:
        value = values.get(name)
        _require(value is None or isinstance(value, str), f"`{name}` must be a text or null")
    for name in _COUNTS:
        value = values.get(name)
        _require(value is None or (type(value) is int and value >= 0), f"`{name}` must be a whole number or null")
    return Outcome(**{name: values[name] for name in _NAMES if name in values})


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= _LARGEST


def _require(holds: bool, message: str) -> None:  # noqa: FBT001  the condition is the subject
    if not holds:
        raise ValueError(message)
