"""Every published JWS and JWE is somebody else's: as a bearer token it opens nothing."""

import json
from typing import Any

import jwt
import pytest

from auth.tokens import KeySet, SigningKey
from auth.tokens.errors import TokenRefused
from tests.unit import vectors
from tests.unit.auth.tokens.support import ALGORITHMS, access_tokens, key

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


def test_no_wycheproof_vector_is_accepted_even_by_a_ring_that_holds_its_key():
    """Our header alone keeps them out: they have no typ of ours."""
    held = [(ring, case["jws"]) for ring, case in _valid_cases_with_keys(WYCHEPROOF[0])]

    assert len(held) > 20
    assert [text for ring, text in held if not _is_refused(access_tokens(keys=lambda ring=ring: ring), text)] == []


def test_no_cookbook_example_is_accepted(tokens):
    examples = [vectors.read_json(name) for name in vectors.names("jose-cookbook/*.json")]
    outputs = [example["output"] for example in examples if "output" in example]
    foreign = [text if isinstance(text, str) else json.dumps(text) for output in outputs for text in output.values()]

    assert len(foreign) > 20
    assert [text for text in foreign if not _is_refused(tokens, text)] == []


def _cases(file):
    return [case for group in vectors.read_json(file)["testGroups"] for case in group["tests"]]


def _valid_cases_with_keys(file):
    for group in vectors.read_json(file)["testGroups"]:
        try:
            jwk = jwt.PyJWK(group.get("public") or group["private"])
        except jwt.PyJWTError:
            continue
        signing: Any = (jwk.key_id, jwk.algorithm_name, None, jwk.key, None)  # other algorithms too
        ring = KeySet.of(SigningKey(*signing))
        yield from ((ring, case) for case in group["tests"] if case["result"] == "valid")


def _is_refused(tokens, text):
    try:
        tokens.verify(text if isinstance(text, str) else json.dumps(text))
    except TokenRefused:
        return True
    return False
