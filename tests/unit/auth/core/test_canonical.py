"""One spelling for names that people take for the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.core.canonical import canonical, is_email
from auth.models import User


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "aNN"),
        ("ÉLISE", "élise"),
        ("E\u0301lise", "élise"),
        ("straße", "STRASSE"),
        ("ΣΟΦΟΣ", "σοφος"),
        ("ﬁsh", "fish"),
        ("Ａｄｍｉｎ", "admin"),
        ("𝓪𝓭𝓶𝓲𝓷", "admin"),
        ("①", "1"),
        ("K", "k"),
        ("ſ", "s"),
        ("Ⅸ", "ix"),
        ("가", "\u1100\u1161"),
    ],
)
def test_spellings_of_one_name_are_one(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ann", "ann1"), ("e", "é"), ("ann", "ann "), ("аdmin", "admin"), ("", "x")]
)
def test_different_names_stay_different(one, other):
    assert canonical(one) != canonical(other)


def test_every_single_character_is_canonical_after_one_pass():
    twice = [code for code in range(0x110000) if canonical(c := canonical(chr(code))) != c]

    assert twice == []


def test_the_canonical_form_of_every_single_character_is_composed():
    """Folding takes some characters apart: the column must hold no more than three for one."""
    loose = [code for code in range(0x110000) if not unicodedata.is_normalized("NFKC", canonical(chr(code)))]

    assert loose == []


@pytest.mark.parametrize("letter", ["ΐ", "ΰ", "ǰ", "ß", "ŉ", "ẞ"])
def test_the_canonical_form_of_a_longest_name_fits_its_column(letter):
    longest = User._meta.get_field("username_key").max_length
    assert longest is not None
    assert len(canonical(letter * 150)) <= longest


@given(st.text())
def test_once_is_enough(text):
    assert canonical(canonical(text)) == canonical(text)


@given(st.text())
def test_case_makes_no_difference(text):
    assert canonical(text.casefold()) == canonical(text)


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_form_of_composition_makes_no_difference(text, form):
    assert canonical(unicodedata.normalize(form, text)) == canonical(text)


@pytest.mark.parametrize(("text", "expected"), [("ann", False), ("ann@example.com", True), ("@", True), ("", False)])
def test_an_e_mail_address_is_what_holds_an_at(text, expected):
    assert is_email(text) is expected
