"""Text fields of requests: checks that come before all others (pure)."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from auth.core.password_rules import MAX_LENGTH

_HIDING = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode categories: control, format (bidi, zero width), surrogate, line and paragraph separator."""
_JOINERS = "\u200c\u200d"  # of category Cf; Persian and emoji are written with them
_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters (category Lo) that show nothing


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain NUL characters")
    return text


def _printable(text: str) -> str:
    """Names are shown to other people: nothing that hides, reorders or breaks lines."""
    _visible("".join(c for c in text if c not in _JOINERS))
    return text


def _visible(text: str) -> str:
    """For names told apart by their look, and addresses: mail drops what is invisible, and two would be one mailbox."""
    if any(unicodedata.category(c) in _HIDING or c in _FILLERS for c in text):
        raise ValueError("must not contain control, invisible or text-direction characters")
    return text


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


Identifier = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=254), AfterValidator(_no_nul)
]
"""A username or an e-mail address, as typed: keyboards add spaces to completed words."""

Password = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_LENGTH),
    AfterValidator(_no_nul),
    WithJsonSchema({"type": "string", "format": "password", "minLength": 1, "maxLength": MAX_LENGTH}),
]
"""Any Unicode, exactly as sent; auth/passwords/pool.py normalises what it hashes."""

PersonName = Annotated[str, StringConstraints(max_length=150), AfterValidator(_printable)]

Nfkc = AfterValidator(_nfkc)

Visible = AfterValidator(_visible)
