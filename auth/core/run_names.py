"""The names of load tests (pure)."""

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)


def check_run_name(name: str) -> str:
    """The name, which becomes a part of usernames, e-mail addresses and paths. Raises ValueError with the form."""
    if not _NAME.fullmatch(name):
        raise ValueError("is not the name of a load test; use 1 to 32 of a-z, 0-9 and -, and begin with no -")
    return name
