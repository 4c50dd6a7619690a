"""Numbering the revocation log: one order for all readers, the commit order.

Ids are assigned before a commit, so a lower one may appear after a higher one was read. Positions are assigned to
committed entries, by one worker at a time: a reader that has read up to a position has missed nothing before it.
"""

from django.db import connection, transaction

from auth.models import RevocationHead

BATCH = 10_000

_NUMBER = """
UPDATE revocations SET position = numbered.place
FROM (
    SELECT id, %s + row_number() OVER (ORDER BY id) AS place
    FROM revocations WHERE position IS NULL ORDER BY id LIMIT %s
) AS numbered
WHERE revocations.id = numbered.id
RETURNING position
"""


def number_entries() -> None:
    """Assign positions to all entries without one. Does nothing if another worker is doing so."""
    while _number_batch() == BATCH:
        pass


def take_turns() -> None:
    """Wait until no other worker numbers entries or writes lost ones again. Held until the transaction ends."""
    _create_head()
    list(RevocationHead.objects.select_for_update().order_by("pk"))


def _number_batch() -> int:
    """Number a batch in a transaction that locks the row of the head; return its size."""
    with transaction.atomic():
        heads = RevocationHead.objects.select_for_update(skip_locked=True)
        head = heads.order_by("pk").values_list("position", flat=True).first()
        if head is None:
            _create_head()
            return 0
        with connection.cursor() as cursor:
            cursor.execute(_NUMBER, [head, BATCH])
            given = [position for (position,) in cursor.fetchall()]
        if given:
            RevocationHead.objects.update(position=max(given))
    return len(given)


def _create_head() -> None:
    """Create it if it is missing, as after `manage.py flush`; a row locked by another worker is left alone."""
    RevocationHead.objects.bulk_create([RevocationHead(pk=1)], ignore_conflicts=True)
