"""The documentation, read as data."""

import re
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, rulers left out."""
    lines = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in cells] for cells in lines if not set("".join(cells)) <= set("|-: ")]


def coded(cell: str) -> str:
    """What stands between backticks; the word `empty` without them stands for nothing."""
    return cell.strip("`") if cell.startswith("`") else cell.removeprefix("empty")


def sections(text: str, level: int) -> dict[str, str]:
    """What stands under each heading of this level, up to the next heading of it or of a higher one."""
    found: dict[str, str] = {}
    title = None
    for line in prose(text).splitlines():
        if heading := re.match(r"(#+) (.*)", line):
            title = heading[2] if len(heading[1]) == level else title if len(heading[1]) > level else None
        if title is not None:
            found[title] = found.get(title, "") + line + "\n"
    return found


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """The text without its code blocks, where # begins a comment."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def is_ours(operation: dict[str, Any]) -> bool:
    """Routes of a deployment's own (docs/protecting-routes.md) need not stand in our documents."""
    from auth.api import ROUTERS  # Django is set up by now

    views = [view for _, router, _ in ROUTERS for view in router.path_operations.values()]
    return operation["operationId"] in {route.view_func.__name__ for view in views for route in view.operations}


def files(pattern: str = "") -> list[Path]:
    """Every file that is in the repository, or would be with the next commit, whose name ends with `pattern`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    found = (ROOT / name for name in listed.stdout.split("\0") if name.endswith(pattern))
    return sorted(path for path in found if path.is_file())
