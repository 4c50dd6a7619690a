import threading

import pytest


@pytest.fixture
def gate():
    """Calls that wait for it hold their thread."""
    gate = threading.Event()
    yield gate
    gate.set()
