"""The events of the feed, as the client reads them."""

import json

import pytest

from authgate_verifier.events import EventParser, FeedError
from authgate_verifier.revocation import read_revocation
from tests.integration.python_client.fake import entry


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_are_read_in_pieces_of_any_size(ending, size):
    lines = [
        "\ufeff: comment",
        "",
        "id: 1",
        "event: a",
        "data: ä",
        "data:b",
        "",
        "data",
        "id",
        "",
        "event: none",
        "",
        "",
    ]
    text = ending.join([*lines, ":"]).encode()
    parser = EventParser()
    found = [event for at in range(0, len(text), size) for event in parser.push(text[at : at + size])]

    assert found == [("a", "ä\nb", "1"), ("message", "", "")]


@pytest.mark.parametrize("change", [{"sid": 1}, {"jti": "j", "sid": "s"}, {"epoch": True}, {"epoch": 1.5}, {"sub": 7}])
def test_entries_of_other_types_are_refused(change):
    with pytest.raises(FeedError):
        read_revocation(json.dumps(entry(**change)))
