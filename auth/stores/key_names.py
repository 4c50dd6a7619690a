"""Names of all keys in Redis. Each has a hash tag, and a TTL by its script.

What one script touches together shares a tag, so that a cluster keeps it in one slot. RedisStore puts `of_deployment`
before each name: several deployments may share one Redis, and account 1 of one is not account 1 of another.
"""

import hashlib

PREFIX = "authgate:"

DEPLOYMENTS = "{deployments}"
"""The one name that all deployments share: which of them are on this Redis."""


def of_deployment(deployment: str) -> str:
    """What the names of everything that belongs to one deployment begin with."""
    return f"{PREFIX}{deployment}:"


def account(user_id: int) -> str:
    return f"{{{user_id}}}:account"


def session(user_id: int, sid: str) -> str:
    return f"{{{user_id}}}:session:{sid}"


def blacklist(user_id: int, jti: str) -> str:
    return f"{{{user_id}}}:blacklist:{jti}"


def calls(user_id: int) -> str:
    return f"{{{user_id}}}:calls"


def endings(user_id: int, sid: str, kind: str) -> str:
    return f"{{{user_id}}}:endings:{sid}:{kind}"


def ticket(user_id: int, text: str) -> str:
    """Hashed: the ticket itself is a secret for as long as it lives."""
    return f"{{{user_id}}}:ticket:{hashlib.sha256(text.encode()).hexdigest()}"


def limit(policy: str, subject: str) -> str:
    """Subjects are hashed: names and addresses that were merely tried are not kept in clear."""
    digest = hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{{limits}}:{policy}:{digest}"


def job(name: str) -> str:
    return f"{{jobs}}:{name}"
