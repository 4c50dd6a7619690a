"""Every published JWS and JWE is somebody else's: as a bearer token it opens nothing."""

import json

import pytest

from auth.tokens import KeyRing, SigningKey
from auth.tokens.errors import TokenRefused
from tests.unit import vectors
from tests.unit.tokens.support import ALGORITHMS, access_tokens, header_of, key

WYCHEPROOF = [
    "wycheproof/json_web_signature_test.json",
    "wycheproof/json_web_encryption_test.json",
    "wycheproof/json_web_key_test.json",
    "wycheproof/json_web_crypto_test.json",
]


@pytest.fixture(scope="module")
def tokens():
    return access_tokens(*(key(algorithm) for algorithm in ALGORITHMS))


@pytest.mark.parametrize("file", WYCHEPROOF)
def test_no_wycheproof_vector_is_accepted(tokens, file):
    foreign = [text for case in _cases(file) for text in (case.get("jws"), case.get("jwe")) if text is not None]

    assert len(foreign) > 20
    assert [text for text in foreign if not _is_refused(tokens, text)] == []


@pytest.mark.parametrize("file", WYCHEPROOF[:1])
def test_no_wycheproof_vector_is_accepted_even_by_a_ring_that_holds_its_key(file):
    """Our header and claims alone keep them out: they have no typ, and no kid of ours."""
    valid = [case["jws"] for case in _cases(file) if case["result"] == "valid" and isinstance(case["jws"], str)]
    accepted = []
    for text in valid:
        head = _header_or_nothing(text)
        kid, alg = str(head.get("kid")), str(head.get("alg"))
        ring = KeyRing.of(SigningKey(kid, alg, None, key().public, None))
        if not _is_refused(access_tokens(keys=lambda ring=ring: ring), text):
            accepted.append(text)

    assert valid
    assert accepted == []


def test_no_cookbook_example_is_accepted(tokens):
    examples = [vectors.read_json(name) for name in vectors.names("jose-cookbook/*.json")]
    outputs = [example["output"] for example in examples if "output" in example]
    foreign = [text if isinstance(text, str) else json.dumps(text) for output in outputs for text in output.values()]

    assert len(foreign) > 20
    assert [text for text in foreign if not _is_refused(tokens, text)] == []


def _cases(file):
    return [case for group in vectors.read_json(file)["testGroups"] for case in group["tests"]]


def _is_refused(tokens, text):
    try:
        tokens.verify(text if isinstance(text, str) else json.dumps(text))
    except TokenRefused:
        return True
    return False


def _header_or_nothing(text):
    try:
        return header_of(text)
    except ValueError:
        return {}
