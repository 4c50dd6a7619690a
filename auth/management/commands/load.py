"""manage.py load: load tests. Each subcommand is a module of auth/load/commands."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper

from auth.load.commands import clean, list_runs, seed, verify
from auth.load.runs import LoadError
from auth.maintenance.doctor import pending_migrations


class Subcommand(Protocol):
    NAME: str
    HELP: str

    def add_arguments(self, parser: ArgumentParser) -> None: ...

    def run(self, options: Mapping[str, Any], stdout: OutputWrapper) -> None:
        """Raises LoadError, OSError for a file, the database's Error."""


SUBCOMMANDS: Sequence[Subcommand] = (seed, list_runs, verify, clean)


class Command(BaseCommand):
    help = "Load tests: make accounts and tokens for them, judge their results, and remove them."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for each in SUBCOMMANDS:
            each.add_arguments(actions.add_parser(each.NAME, help=each.HELP))

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if pending := pending_migrations():
            raise CommandError(
                f"The database lacks {pending} migrations: check DATABASE_URL, or run manage.py migrate."
            )
        [chosen] = [each for each in SUBCOMMANDS if action == each.NAME]
        try:
            chosen.run(options, self.stdout)
        except LoadError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
