"""The file with settings: `.env` beside manage.py, or what ENV_FILE names."""

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

_ENCODING = "utf-8-sig"  # some editors of Windows begin UTF-8 with a byte order mark


class UnreadableFile(ValueError):
    """The message says what is wrong and what to do. It does not repeat the file, which contains secrets."""


def read(path: Path) -> dict[str, str]:
    """Its variables. Raises UnreadableFile."""
    text = _text(path)
    for binding in parse_stream(StringIO(text)):
        if binding.error or (binding.key is not None and binding.value is None):
            raise UnreadableFile(f"line {binding.original.line} of {path} cannot be read; write NAME=value")
    found = dotenv_values(stream=StringIO(text), interpolate=False)  # a password may hold ${
    return {name: value for name, value in found.items() if value is not None}


def _text(path: Path) -> str:
    try:
        text = path.read_text(_ENCODING)
    except (OSError, ValueError) as error:  # ValueError: the bytes, or a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8; save it as UTF-8"
        raise UnreadableFile(f"{path} cannot be read: {reason}") from error
    if "\0" in text:
        raise UnreadableFile(f"{path} cannot be read: it contains NUL characters, as UTF-16 does; save it as UTF-8")
    return text
