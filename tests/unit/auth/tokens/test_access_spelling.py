"""One token has one spelling; text that is no compact JWS is refused, however long, and fast."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth.tokens.errors import TokenRefused
from tests.unit.auth.tokens.support import (
    access_tokens,
    base64url,
    claims,
    decoded,
    forge,
    header,
    header_of,
    issue,
    key,
    part,
    payload_of,
)

ALPHABET = string.ascii_letters + string.digits + "-_"
SPACES = [
    " ",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x0b",
    "\u00a0",
    "\u2028",
    "\u200b",
    "\ufeff",
    "%20",
    "=",
    "==",
    ".",
    "~",
    "é",
]
TOKENS = access_tokens()
GOOD = issue(TOKENS)


def unaligned(value):
    """JSON whose base64url ends in a character with stray bits."""
    text = json.dumps(value).encode()
    return text if len(text) % 3 else text + b" "


UNALIGNED = forge(unaligned(header(key())), unaligned(claims()), key())


def test_a_token_whose_parts_end_in_stray_bits_is_accepted_as_it_was_signed():
    assert TOKENS.verify(UNALIGNED).subject == 7


@pytest.mark.parametrize("index", [0, 1, 2], ids=["header", "payload", "signature"])
def test_no_other_last_character_of_a_part_is_accepted(index):
    parts = UNALIGNED.split(".")
    whole = parts[index]
    others = [whole[:-1] + c for c in ALPHABET if c != whole[-1] and decoded(whole[:-1] + c) == decoded(whole)]

    assert len(others) in (3, 15)
    for parts[index] in others:
        with pytest.raises(TokenRefused, match="not_canonical"):
            TOKENS.verify(".".join(parts))


@pytest.mark.parametrize("text", SPACES, ids=ascii)
@pytest.mark.parametrize("place", ["before", "after", "after the header", "after the payload", "inside"])
def test_a_character_too_many_is_refused(text, place):
    head, payload, signature = GOOD.split(".")
    token = {
        "before": f"{text}{GOOD}",
        "after": f"{GOOD}{text}",
        "after the header": f"{head}{text}.{payload}.{signature}",
        "after the payload": f"{head}.{payload}{text}.{signature}",
        "inside": f"{head}.{payload[:9]}{text}{payload[9:]}.{signature}",
    }[place]

    with pytest.raises(TokenRefused, match="not_compact"):
        TOKENS.verify(token)


@pytest.mark.parametrize(("ours", "theirs"), [("-", "+"), ("_", "/")])
def test_the_other_base64_alphabet_is_refused(ours, theirs):
    token = next(token for n in range(200) if ours in (token := issue(TOKENS, extra={"n": "?>~" * n})))

    with pytest.raises(TokenRefused, match="not_compact"):
        TOKENS.verify(token.replace(ours, theirs))


@pytest.mark.parametrize("token", ["", ".", "..", "...", "a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c.d.e", "null"])
def test_what_has_not_three_parts_is_refused(token):
    with pytest.raises(TokenRefused, match="not_compact"):
        TOKENS.verify(token)


def test_parts_of_an_impossible_length_are_refused():
    with pytest.raises(TokenRefused, match="not_base64url"):
        TOKENS.verify("aaaaa.aaaaa.aaaaa")


@pytest.mark.parametrize("enc", ["A128GCM", "A256CBC-HS512"])
@pytest.mark.parametrize("alg", ["dir", "RSA-OAEP", "A256KW", "ECDH-ES", "PBES2-HS512+A256KW"])
def test_a_jwe_is_refused(alg, enc):
    head = part({"alg": alg, "enc": enc, "typ": "at+jwt", "kid": key().kid, "p2c": 2**31 - 1, "p2s": "AAAA"})

    with pytest.raises(TokenRefused, match="not_compact"):
        TOKENS.verify(f"{head}.AAAA.AAAA.AAAA.AAAA")


def test_the_json_serialisations_of_our_own_token_are_refused():
    head, payload, signature = GOOD.split(".")
    flat = {"protected": head, "payload": payload, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": head, "signature": signature}]}

    for token in (json.dumps(flat), json.dumps(general)):
        with pytest.raises(TokenRefused, match="not_compact"):
            TOKENS.verify(token)


def test_a_nested_token_is_refused():
    with pytest.raises(TokenRefused, match="unexpected_header"):
        TOKENS.verify(forge(header(key(), cty="JWT"), GOOD.encode(), key()))


@pytest.mark.parametrize("size", [4097, 5_000, 100_000, 1_000_000])
@pytest.mark.parametrize("text", ["a", ".", "a.", "=", "\U0001f600", " "])
def test_a_long_text_is_refused_without_being_read(size, text):
    with pytest.raises(TokenRefused, match="too_long"):  # whoever reads it, finds it not_compact
        TOKENS.verify((text * size)[:size])


def test_a_good_token_of_a_megabyte_is_refused():
    with pytest.raises(TokenRefused, match="too_long"):
        TOKENS.verify(forge(header(key()), claims(pad="x" * 1_000_000), key()))


def test_a_token_too_long_to_be_read_is_not_issued():
    with pytest.raises(ValueError, match="at most 4096 are accepted"):
        issue(TOKENS, extra={"pad": "x" * 3_000})


def test_the_longest_token_that_is_issued_is_read():
    longest = next(token for size in range(3_000, 0, -1) if (token := _issued_or_none({"pad": "x" * size})) is not None)

    assert len(longest) in range(4090, 4097)
    assert TOKENS.verify(longest).subject == 7


def _issued_or_none(extra):
    try:
        return issue(TOKENS, extra=extra)
    except ValueError:
        return None


@given(st.text())
def test_no_text_is_accepted_and_none_raises_anything_else(text):
    with pytest.raises(TokenRefused):
        TOKENS.verify(text)


@given(st.lists(st.binary(max_size=60), min_size=3, max_size=3))
def test_no_three_parts_are_accepted_and_none_raise_anything_else(parts):
    with pytest.raises(TokenRefused):
        TOKENS.verify(".".join(base64url(item) for item in parts))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from(sorted(claims())), value=JSON)
def test_a_claim_of_any_json_value_is_refused_or_the_one_we_wrote(name, value):
    payload = claims(**{name: value})
    try:
        found = TOKENS.verify(forge(header(key()), payload, key()))
    except TokenRefused:
        return

    assert type(value) is type(claims()[name])
    assert found.subject == int(payload["sub"])


@given(name=st.sampled_from(["alg", "typ", "kid"]), value=JSON)
def test_a_header_member_of_any_json_value_is_refused(name, value):
    with pytest.raises(TokenRefused):
        TOKENS.verify(forge(header(key(), **{name: value}), claims(), key()))


@settings(max_examples=500)
@given(data=st.data())
def test_a_changed_token_is_never_accepted(data):
    token = data.draw(mutated(GOOD))
    if token == GOOD:
        return

    with pytest.raises(TokenRefused):
        TOKENS.verify(token)


@st.composite
def mutated(draw, token):
    """The token with a stretch of it replaced, dropped, doubled or moved; characters mostly from its own alphabet."""
    start = draw(st.integers(0, len(token)))
    end = draw(st.integers(start, min(len(token), start + 8)))
    other = draw(st.text(st.sampled_from(f"{ALPHABET}.") | st.characters(), max_size=4))
    place = draw(st.integers(0, len(token)))
    rest = token[:start] + token[end:]
    return draw(
        st.sampled_from(
            [
                token[:start] + other + token[end:],
                rest,
                token[:end] + token[start:],
                rest[:place] + token[start:end] + rest[place:],
                token.swapcase() if other else token[::-1],
            ]
        )
    )


def test_parts_of_two_good_tokens_do_not_mix():
    other = issue(TOKENS, subject=8)
    head, _, signature = GOOD.split(".")

    assert (header_of(other), payload_of(other)["sub"]) == (header_of(GOOD), "8")
    with pytest.raises(TokenRefused, match="InvalidSignatureError"):
        TOKENS.verify(f"{head}.{other.split('.')[1]}.{signature}")
