"""The field's words are used for the field's things: in identifiers, in documents, and in what a module says it is."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, files, prose, read

BANNED = {
    "corked": "coalescing",
    "farewell": "drain",
    "lending": "context",
    "nobody": "none",
    "outbox": "queue",
    "paced": "the protocol's name",
    "parting": "shutdown",
    "patience": "timeout, grace or max_wait",
    "place": "slot, position or index",
    "places": "slots",
    "rehearse": "check",
    "remember": "put or store",
    "remembered": "held",
    "said": "reported",
    "settle": "confirm, resolve or wait",
    "sightings": "seen",
    "somebody": "a user",
    "standing": "state or defaults",
    "suspicion": "suspicious",
    "taken": "revoked or reserved",
    "told": "reported",
    "unsent": "pending",
    "whoever": "a caller",
}
"""Words of an identifier that once had private meanings here, and what the field says instead."""

ALLOWED = {
    ("clients/python/src/authgate_verifier/sockets/kit.py", "patience"): "a parameter of SocketKit that services name",
    ("auth/migrations/0004_canonical_addresses.py", "settle"): "a migration that has run is not changed",
    ("app/server/paced.py", "PacedProtocol"): "the --http option of version 0.1",
    ("app/server/paced.py", "paced"): "the --http option of version 0.1",
}

IDIOMS = re.compile(
    r"any more|\btake[ns]? back\b|\btaken along\b|\bas ever\b|\bbuys?\b|\bopens nothing\b"
    r"|(?<!there )\b(is|are) no (?!longer|more)"
    r"|\bwhoever\b|\bnobody\b|\b(some|every|any)body\b|\bbehind the answer\b|\btakes? leave\b"
    r"|\btold\b|\bsaid\b|\b(is|are|was|were|be) answered\b|\bfor want of\b|\bas (it|he|they) stands?\b"
    r"|\boverrul\w+|\bin force\b|\bhalf-way\b|\bmend(s|ed|ing)?\b"
    r"|\bat once\b|\b(is|are|was) away\b|\b(hold|held|holds) up\b|\bgo(es)? on\b|\bgive[ns]? up\b",
    re.IGNORECASE,
)
"""Turns of phrase that were translated word by word."""

FIRST_LINE = re.compile(
    r"\b(told|said|whoever|nobody|(some|every|any)body|taken back|any more|for want of|as it stands|in force)\b",
    re.IGNORECASE,
)

PAGES = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
DOCUMENTS = [
    path.relative_to(ROOT).as_posix()
    for path in files(".md")
    if path.relative_to(ROOT).parts[0] in {*PAGES, "docs", "clients", "examples", "bench"}
    and "decisions" not in path.parts
]
MODULES = [
    path.relative_to(ROOT).as_posix()
    for path in files(".py")
    if path.relative_to(ROOT).parts[0] in {"app", "auth", "settings"} or "clients/python/src" in path.as_posix()
]


def words(identifier: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", identifier)]


def identifiers(module: str) -> set[str]:
    tokens = tokenize.generate_tokens(io.StringIO(read(module)).readline)
    return {Path(module).stem} | {token.string for token in tokens if token.type == tokenize.NAME}


def test_identifiers_are_split_into_words():
    assert words("_PARTING_SECONDS") == ["parting", "seconds"]
    assert words("PacedProtocol") == ["paced", "protocol"]
    assert words("known_as") == ["known", "as"]


@pytest.mark.parametrize("module", MODULES)
def test_identifiers_use_the_fields_words(module):
    found = {(module, name) for name in identifiers(module) if BANNED.keys() & set(words(name))}

    assert found <= ALLOWED.keys(), {word: BANNED[word] for _, name in found for word in words(name) if word in BANNED}


def test_every_exception_is_still_one():
    assert {(module, name) for module, name in ALLOWED if name in identifiers(module)} == ALLOWED.keys()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_are_in_plain_english(document):
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", "", prose(read(document)))

    assert [line for line in text.splitlines() if IDIOMS.search(line)] == []


@pytest.mark.parametrize("module", [module for module in MODULES if "migrations" not in module])
def test_the_first_line_of_a_module_describes_it(module):
    description = (ast.get_docstring(ast.parse(read(module))) or "").partition("\n")[0]

    assert len(description) <= 80
    assert not FIRST_LINE.search(description), description
