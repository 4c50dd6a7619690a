import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest
import pytest_asyncio

from tests.security.edge.judges import NODE_IS_ABSENT, Verdict, by_h11, node
from tests.security.edge.serving import Echo, echoing

collect_ignore_glob = [] if "TEST_PROXIES" in os.environ else ["test_behind_*.py"]


@pytest_asyncio.fixture
async def echo(tmp_path) -> AsyncIterator[Echo]:
    async with echoing(tmp_path) as echo:
        yield echo


@pytest.fixture(scope="session")
def verdicts() -> Iterator[Callable[[bytes], list[Verdict]]]:
    """What each judge has read. Without Node, h11 judges alone, and the test ends as skipped, which says so."""
    with ExitStack() as exits:
        judges: list[Callable[[bytes], Verdict]] = [by_h11] if NODE_IS_ABSENT else [by_h11, exits.enter_context(node())]
        yield lambda sent: [judge(sent) for judge in judges]


@pytest.fixture
def both_judged() -> Callable[[], None]:
    """To be called at a test's end."""
    return lambda: pytest.skip(NODE_IS_ABSENT) if NODE_IS_ABSENT else None
