"""Canonical spellings of names and e-mail addresses (pure)."""

import re
import unicodedata
from ipaddress import ip_address

import idna

_ATOM = r"[^\s\x00-\x1f\x7f\"(),.:;<>@\[\\\]]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


def canonical(text: str) -> str:
    """The form in which usernames, or e-mail addresses, are compared. Idempotent.

    Names: NFKC, case-folded, NFKC again (UTS #39 §4, Unicode §3.13 D146). Addresses: the local part likewise, without
    unnecessary quotes (RFC 5321 §4.1.2); the domain as in DNS.
    """
    local, at, domain = unicodedata.normalize("NFKC", text).rpartition("@")
    return _folded(domain) if not at else f"{_unquoted(_folded(local))}@{_canonical_domain(domain)}"


def is_email(identifier: str) -> bool:
    """Usernames never hold an @, so the two name spaces cannot meet."""
    return "@" in identifier


def ascii_address(address: str) -> str:
    """The address in the form for mail servers. Raises ValueError if its domain cannot exist."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """ToASCII of UTS #46 §4.2, non-transitional: ß and ς stay what they are. Raises ValueError where there is none.

    IDNA 2008 (RFC 5891) decides what a label may hold. An address literal (RFC 5321 §4.1.3) has one spelling, too.
    """
    if domain.startswith("[") and domain.endswith("]"):
        return f"[{ip_address(domain[1:-1])}]"
    return idna.encode(domain, uts46=True, std3_rules=True).decode()


def _canonical_domain(domain: str) -> str:
    """Some form for what cannot be a domain either: it may be stored already, or typed at a login."""
    try:
        return ascii_domain(domain)
    except ValueError:
        return _folded(domain)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _unquoted(local: str) -> str:
    quoted = _QUOTED.fullmatch(local)
    if quoted is None:
        return local
    text = _folded(re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL))
    return text if _DOT_ATOM.fullmatch(text) else '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
