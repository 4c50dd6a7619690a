"""Refusal of a root_path: see docs/decisions/0027-no-prefix.md."""

from collections.abc import Mapping, Sequence

from django.conf import settings

ADVICE = "serve Authgate at the root of its own host name"
_OPTION = "--root-path"  # of uvicorn, and of other servers of ASGI


def problem(arguments: Sequence[str], variables: Mapping[str, str]) -> str | None:
    """What sets a root_path and how to fix it: the command line, the environment, or Django's settings."""
    asks = {
        "UVICORN_ROOT_PATH is set": variables.get("UVICORN_ROOT_PATH"),
        f"{_OPTION} is given": any(argument.partition("=")[0] == _OPTION for argument in arguments),
        "FORCE_SCRIPT_NAME is set": settings.FORCE_SCRIPT_NAME,
    }
    return next((f"{asked}; leave it out, and {ADVICE}" for asked, is_so in asks.items() if is_so), None)
