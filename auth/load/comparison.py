"""What differs between two reports."""

from collections.abc import Iterator, Mapping
from typing import Any

_MEASURES = ("rate", "p50", "p95", "p99")


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[list[str]]:
    """Rows of subject, value in `old`, value in `new`, and change; the settings and the machine first."""
    return [
        *_changed("machine", old["machine"], new["machine"]),
        *_changed("setting", old["settings"], new["settings"]),
        *_changed("broken", _broken(old), _broken(new)),
        *_changed("outcome", old["outcomes"], new["outcomes"]),
        *_measured(old["operations"], new["operations"]),
    ]


def _broken(report: Mapping[str, Any]) -> dict[str, int]:
    return {rule["rule"]: rule["count"] for rule in report["rules"] if rule["count"]}


def _changed(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[list[str]]:
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield [f"{kind} {name}", _text(old.get(name)), _text(new.get(name)), _change(old.get(name), new.get(name))]


def _measured(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[list[str]]:
    for operation in dict.fromkeys([*old, *new]):
        before, after = old.get(operation, {}), new.get(operation, {})
        for name in _MEASURES:
            first, second = before.get(name), after.get(name)
            yield [f"{operation} {name}", _text(first), _text(second), _change(first, second)]


def _text(value: Any) -> str:
    return "-" if value is None else str(value)


def _change(old: Any, new: Any) -> str:
    """In percent, between two numbers."""
    if type(old) not in (int, float) or type(new) not in (int, float) or not old:
        return ""
    return f"{(new - old) / old:+.1%}"
