"""Documents that are made from the code are as the code makes them: `make docs` writes them."""

import pytest

from scripts.documents.pages import BLOCKS, pages, used
from tests.docs.documents import read

PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_document_is_as_the_code_makes_it(name: str) -> None:
    assert read(name) == PAGES[name], f"{name} differs from the code. Run: make docs"


def test_every_block_stands_in_one_page() -> None:
    assert sorted(used()) == sorted(BLOCKS)
