"""The names of everything in Redis. Each has a prefix, a lifetime (set by its script) and a hash tag.

What one script touches together shares a tag, so that a cluster keeps it in one slot.
"""

import hashlib

_PREFIX = "authgate"


def account(user_id: int) -> str:
    return f"{_PREFIX}:{{{user_id}}}:account"


def session(user_id: int, sid: str) -> str:
    return f"{_PREFIX}:{{{user_id}}}:session:{sid}"


def blacklist(user_id: int, jti: str) -> str:
    return f"{_PREFIX}:{{{user_id}}}:blacklist:{jti}"


def calls(user_id: int) -> str:
    return f"{_PREFIX}:{{{user_id}}}:calls"


def endings(user_id: int, sid: str, kind: str) -> str:
    return f"{_PREFIX}:{{{user_id}}}:endings:{sid}:{kind}"


def ticket(user_id: int, text: str) -> str:
    """Hashed: the ticket itself is a secret for as long as it lives."""
    return f"{_PREFIX}:{{{user_id}}}:ticket:{hashlib.sha256(text.encode()).hexdigest()}"


def limit(policy: str, subject: str) -> str:
    """Subjects are hashed: names and addresses that were merely tried are not kept in clear."""
    digest = hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{_PREFIX}:{{limits}}:{policy}:{digest}"


def job(name: str) -> str:
    return f"{_PREFIX}:{{jobs}}:{name}"
