"""docs/api.md names every kind of security event."""

from auth.models import SecurityEvent
from tests.docs.documents import read


def test_every_kind_of_event_is_named() -> None:
    text = read("docs/api.md")

    assert [kind for kind in SecurityEvent.Type.values if f"`{kind}`" not in text] == []
