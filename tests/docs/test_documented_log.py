"""docs/operations.md explains every event that the code writes to the log."""

import re

from tests.docs.documents import ROOT, files, read, rows, sections

CALL = re.compile(r'log\.(info|warning|error|exception)\(\s*(?:# noqa.*\s*)?"(\w+)"')
CODE = [path for path in files(".py") if path.relative_to(ROOT).parts[0] in ("app", "auth")]


def test_every_event_is_explained_with_its_level_and_nothing_else() -> None:
    written = {
        (event, level.replace("exception", "error")) for path in CODE for level, event in CALL.findall(path.read_text())
    }
    table = rows(sections(read("docs/operations.md"), level=2)["Logs"])

    assert {(cells[0].strip("`"), cells[1]) for cells in table[1:]} == written
