"""The names of load tests, and of what belongs to them (pure)."""

import re

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}", re.ASCII)


def check_run_name(name: str) -> str:
    """The name, which becomes a part of usernames, e-mail addresses and paths. Raises ValueError with the form."""
    if not _NAME.fullmatch(name):
        raise ValueError("is not the name of a load test; use 1 to 32 of a-z, 0-9 and -, and begin with no -")
    return name


def account_name(run: str, number: int) -> str:
    return f"load-{run}-{number}"


def account_email(run: str, number: int) -> str:
    """Below a domain that never receives mail (RFC 2606 §2)."""
    return f"{account_name(run, number)}@load.invalid"


def account_pattern(run: str) -> re.Pattern[str]:
    """Matches the usernames and addresses of a run's accounts in full, in any case."""
    return re.compile(rf"load-{run}-[0-9]+(@load\.invalid)?", re.IGNORECASE)


def client_name(run: str) -> str:
    """Of the run's service client."""
    return f"load-{run}"
