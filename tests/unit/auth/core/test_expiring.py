"""A map and a set that forget in the order in which they were told."""

from typing import Any

import pytest

from auth.core.expiring import AT_ONCE, ExpiringMap, ExpiringSet


@pytest.fixture
def entries():
    entries = ExpiringMap[Any, Any]()
    entries.put("a", 1, until=10)
    entries.put("b", 2, until=20)
    return entries


def test_an_entry_is_found(entries):
    assert (entries.get("a"), "a" in entries, len(entries)) == (1, True, 2)


def test_what_was_never_put_is_not_found(entries):
    assert (entries.get("c"), "c" in entries) == (None, False)


def test_an_entry_stays_until_its_time(entries):
    entries.forget(now=9.99)

    assert len(entries) == 2


def test_an_entry_goes_at_its_time(entries):
    entries.forget(now=10)

    assert ("a" in entries, "b" in entries) == (False, True)


def test_all_that_is_due_goes_at_once(entries):
    entries.forget(now=20)

    assert len(entries) == 0


def test_forgetting_nothing_is_no_error():
    entries = ExpiringMap[Any, Any]()
    entries.forget(now=1)

    assert len(entries) == 0


def test_an_entry_put_again_has_its_new_value(entries):
    entries.put("a", 3, until=30)

    assert (entries.get("a"), len(entries)) == (3, 2)


def test_an_entry_put_again_lives_as_long_as_a_new_one(entries):
    entries.put("a", 3, until=30)
    entries.forget(now=20)

    assert ("a" in entries, "b" in entries) == (True, False)


def test_a_value_of_none_is_an_entry(entries):
    entries.put("c", None, until=30)

    assert "c" in entries


def test_a_set_says_what_it_forgets_the_oldest_first():
    entries = ExpiringSet[Any]()
    for number in (3, 1, 2):
        entries.put(number, until=10 * number if number < 3 else 5)

    assert entries.forget(now=10) == [3, 1]
    assert (1 in entries, 2 in entries, len(entries)) == (False, True, 1)


def test_many_that_are_due_go_a_part_at_a_time():
    """Those that were put together must not hold up the process when they go together."""
    entries = ExpiringSet[int]()
    for number in range(AT_ONCE + 1):
        entries.put(number, until=1)

    assert entries.forget(now=20) == [*range(AT_ONCE)]
    assert [*entries] == [AT_ONCE]
