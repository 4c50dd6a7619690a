"""The strict reading of a compact token, before any key is looked at."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth.tokens import compact
from auth.tokens.errors import TokenRefused
from tests.unit.auth.tokens.support import base64url, part


def token(header):
    return f"{part(header)}.e30.AA"


def test_the_header_is_read():
    assert compact.header(token({"alg": "ES256", "kid": "ü"})) == {"alg": "ES256", "kid": "ü"}


@given(st.dictionaries(st.text(max_size=9), st.none() | st.booleans() | st.integers() | st.text(max_size=9)))
def test_any_header_is_read_as_it_was_written(header):
    assert compact.header(token(header)) == header


@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_pass_as_payload_and_as_signature(content):
    assert compact.header(f"e30.{base64url(content)}.{base64url(content)}") == {}


def test_the_longest_token_is_read():
    text = token({})
    longest = text + "A" * (compact.MAX_LENGTH - len(text))

    assert compact.header(longest) == {}


def test_one_character_more_is_too_long():
    with pytest.raises(TokenRefused, match="too_long"):
        compact.header("A" * (compact.MAX_LENGTH + 1))


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c.d", "..", "a.b.c\n", "\na.b.c", "á.b.c", "a.b.c=", "a+.b.c"])
def test_another_form_is_not_compact(text):
    with pytest.raises(TokenRefused, match="not_compact"):
        compact.header(text)


@pytest.mark.parametrize("text", ["e30.A.AA", "e30.AA.AAAAA", "e30xx.AA.AA"])
def test_a_part_that_no_bytes_encode_to_is_not_base64url(text):
    with pytest.raises(TokenRefused, match="not_base64url"):
        compact.header(text)


@pytest.mark.parametrize("text", ["e31.AA.AA", "e30.AB.AA", "e30.AA.AAB"])
def test_stray_bits_are_not_canonical(text):
    with pytest.raises(TokenRefused, match="not_canonical"):
        compact.header(text)


@pytest.mark.parametrize("header", [b"", b"{", b"\xff", b"{]", b'{"a":1} x', b"[" * 2000], ids=ascii)
def test_a_header_that_is_no_json_is_refused(header):
    with pytest.raises(TokenRefused, match=r"header_not_json|not_compact"):
        compact.header(f"{base64url(header)}.AA.AA")


@pytest.mark.parametrize("header", [None, [], "x", 1, True, 1.5])
def test_a_header_that_is_no_object_is_refused(header):
    with pytest.raises(TokenRefused, match="header_not_object"):
        compact.header(token(header))


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"))
def test_text_is_read_as_an_object_or_refused(text):
    try:
        found = compact.header(text)
    except TokenRefused:
        return

    assert json.loads(json.dumps(found)) == found
