"""Numbering the revocation log: one order for all readers, that of the commits.

Ids are drawn before a commit, so a lower one may appear after a higher one was read. Positions are given to entries
that are already there, by one worker at a time: a reader that has read up to a position has missed nothing before it.
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
    """Give positions to all entries that have none. Leaves it to another worker that does so at the moment."""
    while _number_batch() == BATCH:
        pass


def take_turns() -> None:
    """Wait until no other worker numbers entries or writes lost ones again. Held until the transaction ends."""
    _create_head()
    list(RevocationHead.objects.select_for_update().order_by("pk"))


def _number_batch() -> int:
    """How many were numbered, in a transaction that holds the row of the head."""
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
    """Where it is missing, as after `manage.py flush`; a row that another worker holds is left alone."""
    RevocationHead.objects.bulk_create([RevocationHead(pk=1)], ignore_conflicts=True)
