from collections.abc import Iterator
from pathlib import Path

import pytest

from app import embedded
from tests.hardening.valkey import OwnValkey


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    own = OwnValkey(tmp_path / "valkey", embedded.start(tmp_path / "valkey"))
    yield own
    own.back()
    own.server.stop()
