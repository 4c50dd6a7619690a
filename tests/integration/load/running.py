"""`manage.py load` in this process."""

import csv
import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.core.management import call_command


@sync_to_async
def load(*arguments):
    """What it prints."""
    out = StringIO()
    call_command("load", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@dataclass
class Seeded:
    """A run that was seeded, what the command printed, and what its files had then."""

    name: str
    folder: Path
    shown: str

    def __post_init__(self) -> None:
        self.run_file: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        lines = (self.folder / "pool.jsonl").read_text().splitlines()
        self.pool: list[dict[str, Any]] = [json.loads(line) for line in lines]
        with (self.folder / "pool.csv").open(newline="") as file:
            self.table = list(csv.DictReader(file))
