"""`manage.py load list`: every run, with its state and how many accounts it has."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import OutputWrapper
from django.db.models import Count

from auth.models import LoadRun

NAME = "list"
HELP = "list the runs, with their state and their accounts"


def add_arguments(parser: ArgumentParser) -> None:
    """None."""


def run(options: Mapping[str, Any], stdout: OutputWrapper) -> None:
    runs = LoadRun.objects.annotate(seeded=Count("accounts"))
    if not runs:
        stdout.write("There are no runs: make one with manage.py load seed.")
    for each in runs:
        counts = f"{each.seeded} of {each.users} accounts, {each.sessions} sessions each"
        stdout.write(f"{each.name}  {each.state}  {counts}, created {each.created_at:%Y-%m-%dT%H:%M:%SZ}")
