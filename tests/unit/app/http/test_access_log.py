"""The access log: each line whole, and written by its caller alone in the fields that are his."""

import json
from typing import Any

from app.http.access_log import AccessLog


def test_no_text_of_a_caller_ends_a_line():
    lines: list[Any] = []
    AccessLog(lines.append).info("request", number=1, method='GET\n{"event":"forged"}\r\u2028')

    assert json.loads(lines[0])["number"] == 1
    assert b"".join(lines).count(b"\n") == 1


def test_nothing_is_written_below_the_level():
    lines: list[Any] = []
    AccessLog(lines.append, is_on=False).info("request", number=1)

    assert lines == []
