"""`manage.py load clean`: remove a run."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import OutputWrapper

from auth.load import clean
from auth.load.folders import this_deployment
from auth.load.progress import progress
from auth.load.runs import folder_of

NAME = "clean"
HELP = "remove a run: its accounts, all that refers to them, its service client, and its pool"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("run", help="the name of the run")
    parser.add_argument("--directory", default=".", help="where the folder of the run lies (default: here)")


def run(options: Mapping[str, Any], stdout: OutputWrapper) -> None:
    name = options["run"]
    folder = folder_of(name, options["directory"])
    found = clean.find(name)
    with progress("Removed", total=max(1, found.accounts.count()), stdout=stdout) as advance:
        clean.remove(found, advance=advance)
    stdout.write(f"{name} is removed from the database. Entries of the revocation log stay until the cleanup.")
    if not clean.remove_files(folder, run=name, deployment=this_deployment()):
        stdout.write(f"{folder} does not hold it: delete the pool where it is.")
