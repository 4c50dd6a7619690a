"""The generated documents. A page keeps its text outside the marked blocks."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.documents import errors, routes, settings
from settings import defaults
from settings.sections import SECTIONS

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"(<!-- generated: (.*?) -->\n).*?(<!-- end -->\n)", re.DOTALL)

_PAGES = ("docs/api.md", "docs/configuration.md", "docs/errors.md")
BLOCKS: Mapping[str, Callable[[], str]] = {
    **{f"settings, {title}": settings.table_of(title) for title in SECTIONS},
    "errors": errors.codes,
    "routes": routes.routes,
    "defaults in development": lambda: settings.defaults("development", defaults.DEVELOPMENT),
    "defaults in production": lambda: settings.defaults("production", defaults.PRODUCTION),
}
"""The content between `<!-- generated: NAME -->` and `<!-- end -->`, by name."""


def pages() -> dict[str, str]:
    """The expected text of every generated document, by its path below the root."""
    return {".env.example": settings.example(), **{name: _filled(name) for name in _PAGES}}


def used() -> list[str]:
    """The names of the blocks in the pages."""
    return [name for page in pages().values() for _, name, _ in _BLOCK.findall(page)]


def _filled(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    return _BLOCK.sub(lambda block: f"{block[1]}\n{BLOCKS[block[2]]()}\n{block[3]}", text)
