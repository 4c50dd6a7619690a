"""A run's name, its folder, and run.json.

The folder has the mode 0700 and its files 0600: they hold passwords and tokens.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from auth.core.run_names import check_run_name

SECRET_FILES = ("pool.jsonl", "pool.csv", "run.json")
TOKENS = "tokens"
"""The folder in which drivers store the tokens that they got."""


class LoadError(Exception):
    """A load test cannot continue; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """run.json. `deployment` tells a run of this server from those of others; `created_at` is in Unix seconds."""

    run: str
    deployment: str
    issuer: str
    base_url: str
    created_at: int
    users: int
    sessions: int
    client_id: str
    client_secret: str = field(repr=False)
    password: str = field(repr=False)
    """Of every account."""

    @classmethod
    def read(cls, folder: Path) -> "RunFile":
        """Raises LoadError when it is missing or unreadable."""
        path = folder / "run.json"
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError as error:
            raise LoadError(f"There is no {path}: name the folder that holds the run with --directory.") from error
        except (ValueError, TypeError) as error:
            raise LoadError(
                f"{path} is not the description of a run: remove the file, or name another folder."
            ) from error

    def write(self, folder: Path) -> None:
        with replaced(folder / "run.json") as file:
            json.dump(asdict(self), file, indent=2)


def check_name(name: str) -> str:
    """The name. Raises LoadError with the allowed form."""
    try:
        return check_run_name(name)
    except ValueError as error:
        raise LoadError(f"{name!r} {error}.") from error


def folder_of(run: str, directory: str) -> Path:
    return Path(directory) / check_name(run)


@contextmanager
def replaced(path: Path) -> Iterator[IO[str]]:
    """A new content for the file: it appears whole or not at all, readable by its owner only. Raises LoadError."""
    draft = draft_of(path)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise LoadError(f"{path} cannot be written: {error.strerror}. Repeat the command when it can.") from error
    finally:
        draft.unlink(missing_ok=True)


def draft_of(path: Path) -> Path:
    """Its next content, of which a killed process may leave a part."""
    return path.with_name(f".{path.name}.part")
