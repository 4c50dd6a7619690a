"""Published test vectors, which lie beside the repository: ../shared/vectors."""

import json
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"


def read(name: str) -> str:
    """The text of one file. Skips the test, and says what is missing, when it is not there."""
    return _existing(name).read_text(encoding="utf-8", errors="surrogateescape")


def read_json(name: str) -> Any:
    return json.loads(read(name))


def names(pattern: str) -> list[str]:
    """The files that match. Skips the test when there are none."""
    found = sorted(str(path.relative_to(_ROOT)) for path in _ROOT.glob(pattern))
    if not found:
        pytest.skip(f"published vectors are missing: ../shared/vectors/{pattern}")
    return found


def _existing(name: str) -> Path:
    path = _ROOT / name
    if not path.is_file():
        pytest.skip(f"published vectors are missing: ../shared/vectors/{name}")
    return path
