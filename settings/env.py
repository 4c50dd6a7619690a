"""The environment, read and checked against settings/sections.

Values come from the process environment, then from `.env` beside manage.py (another file: ENV_FILE; none: ENV_FILE="").
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from settings import env_file
from settings.names import service_links, strangers
from settings.sections import Environment

__all__ = ["BASE_DIR", "Environment", "doubts", "read", "refuse"]

BASE_DIR = Path(__file__).resolve().parent.parent
_BROKEN = re.compile("[\ud800-\udfff]")  # what os.environ makes of bytes that are not UTF-8


def read(**defaults: Any) -> Environment:
    """The environment, merged over `defaults`. Exits with one line per invalid variable."""
    variables = given()
    for name in service_links(variables, Environment.model_fields):
        del variables[name]
    if broken := [name for name in Environment.model_fields if _BROKEN.search(variables.get(name, ""))]:
        refuse(f"{name}: contains bytes that are not UTF-8" for name in broken)
    try:
        found = Environment.model_validate(variables)
    except ValidationError as error:
        refuse(f"{problem['loc'][0]}: {_reason(problem['msg'])}" for problem in error.errors(include_input=False))
    unset = {name: value for name, value in defaults.items() if name not in found.model_fields_set}
    return found.model_copy(update=unset)


def given() -> dict[str, str]:
    """Every variable of the process, and of the file. Stops the process when the file cannot be read."""
    chosen = os.environ.get("ENV_FILE")
    path = BASE_DIR / (".env" if chosen is None else chosen)
    if chosen == "" or (chosen is None and not path.exists()):
        return dict(os.environ)
    try:
        return env_file.read(path) | os.environ
    except env_file.UnreadableFile as error:
        refuse([f"ENV_FILE: {error}"])


def doubts() -> list[str]:
    """Warnings at startup: variables that look like settings but are not, one line each."""
    variables = given()
    links = service_links(variables, Environment.model_fields)
    ignored = [
        f"{name} is set by Kubernetes for a service, and is ignored; set enableServiceLinks: false"
        for name in sorted(links)
    ]
    return [*ignored, *strangers(variables, Environment.model_fields)]


def refuse(problems: Iterable[str]) -> NoReturn:
    """Stop with one clear line each; never print a value, it may be a secret."""
    raise SystemExit("\n".join(f"authgate: {problem}" for problem in dict.fromkeys(problems)))


def _reason(message: str) -> str:
    """Pydantic's message, without the prefix that it adds to our ValueErrors."""
    return message.removeprefix("Value error, ")
