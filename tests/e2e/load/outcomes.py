"""A strict reader of outcome logs."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

OPERATIONS = {"login", "refresh", "me", "logout", "revoke", "ws", "ticket", "other"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "at": (int, float),
    "ms": (int, float),
    "op": str,
    "status": int,
    "error": str,
    "username": str,
    "sid": str,
    "presented": int,
    "gen": int,
    "successor": str,
    "jti": str,
    "how": str,
    "retry_after": int,
    "ended_sid": str,
}
_TOKEN = re.compile(r"eyJ[\w-]{30}|[\w-]{40,}\.[\w-]+")
"""Ids are shorter, and may have the same letters."""


def parse(path: Path) -> list[dict[str, Any]]:
    """Fails on anything that the format does not allow. Members that are null count as absent."""
    text = path.read_text()
    assert text.endswith("\n")
    assert not _TOKEN.search(text), "a token, or a part of one, is in the log"
    return [check(json.loads(line)) for line in text.splitlines()]


def check(outcome: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in outcome.items() if value is not None}
    assert found.keys() <= _TYPES.keys(), found
    assert {"at", "ms", "op", "status"} <= found.keys(), found
    assert [name for name, value in found.items() if not _fits(name, value)] == [], found
    assert found["op"] in OPERATIONS
    for name in found.keys() & {"sid", "ended_sid"}:
        UUID(found[name])
    if found["op"] in ("refresh", "login") and found["status"] == 200:
        assert {"gen", "successor", "sid", "username"} <= found.keys(), found
    if found["op"] == "refresh":
        assert "presented" in found
        assert found["status"] != 200 or found["how"] in ("rotated", "retried"), found
    return found


def _fits(name: str, value: object) -> bool:
    return isinstance(value, _TYPES[name]) and not isinstance(value, bool)
