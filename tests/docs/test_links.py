"""Links between documents lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, files, prose

PAGES = files(".md")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as repository hosts make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_resolve(page: Path) -> None:
    targets = [link for link in _LINK.findall(prose(page.read_text())) if "://" not in link]
    broken = [link for link in targets if not resolves(page, link)]

    assert broken == []


def resolves(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def test_every_page_of_docs_is_linked_from_somewhere() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve() for page in PAGES for link in _LINK.findall(page.read_text())
    }
    assert [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in linked] == []
