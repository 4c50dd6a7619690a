"""The revocation feed on the wire: one event an entry, and cursors that name exactly one."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from auth.core.revocations import RevocationRecord
from auth.revocation.feed import events
from auth.revocation.feed.events import Cursor

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)
ENTRY = RevocationRecord(41, 77, 7, "", "", None, None, True, "", "logout", MOMENT)
COMMON = {"sub": "7", "before": MOMENT.timestamp(), "exp": int(MOMENT.timestamp()) + 15 * 60 + 1, "reason": "logout"}
CURSOR = "41-77-1767323045678901"


def read(event):
    """The fields of one event."""
    text = event.decode()
    assert text.endswith("\n\n")
    fields = dict(line.split(": ", 1) for line in text.splitlines() if line)
    return {**fields, "data": orjson.loads(fields["data"])}


@pytest.mark.parametrize(
    ("columns", "concerned"),
    [
        pytest.param({"sid": "a-session"}, {"sid": "a-session"}, id="session"),
        pytest.param({"jti": "a-token"}, {"jti": "a-token"}, id="token"),
        pytest.param({"version": 9, "epoch": 4}, {"epoch": 4}, id="account"),
        pytest.param({"version": 9, "epoch": 4, "kept": "mine"}, {"epoch": 4, "except": "mine"}, id="others"),
        pytest.param({"version": 9, "ends_sessions": False}, {"claims_only": True, "version": 9}, id="rights"),
        pytest.param({"ends_sessions": False}, {"claims_only": True}, id="rights of no version"),
        pytest.param({"version": 1 << 52, "epoch": 1 << 52}, {"epoch": 1 << 52}, id="deleted"),
    ],
)
def test_an_entry_says_whom_it_concerns(columns, concerned):
    event = read(events.revocation(ENTRY._replace(**columns), lifetime=LIFETIME))

    assert event == {"event": "revocation", "id": CURSOR, "data": COMMON | concerned}


def test_a_text_cannot_break_out_of_its_event():
    event = events.revocation(ENTRY._replace(reason="x\n\nevent: heartbeat"), lifetime=LIFETIME)

    assert event.count(b"\n\n") == 1


def test_a_cursor_is_read_as_it_was_written():
    assert Cursor.parse(CURSOR) == Cursor.of(ENTRY)
    assert str(Cursor.of(ENTRY)) == CURSOR


@pytest.mark.parametrize(
    "text",
    [
        "",
        "41",
        "41-77",
        "41-77-",
        "-41-77-1",
        "41-77-1-1",
        "041-77-1",
        "41-77-x",
        "٤١-77-1",
        "41-77-1\n",
        "9" * 19 + "-1-1",
    ],
)
def test_what_is_no_cursor_is_none(text):
    assert Cursor.parse(text) is None


def test_a_cursor_of_no_time_is_none():
    far = Cursor.parse(f"1-1-{'9' * 17}")
    assert far is None or far.created_at.year > 2026


def test_a_heartbeat_names_the_head():
    event = read(events.heartbeat(Cursor.of(ENTRY), head=41, at=12.2504))

    assert event == {"event": "heartbeat", "id": CURSOR, "data": {"head": 41, "at": 12.25}}


def test_a_heartbeat_of_an_empty_log_has_no_id():
    """It would set the reader back to an id that is none."""
    assert "id" not in read(events.heartbeat(None, head=0, at=1.0))
