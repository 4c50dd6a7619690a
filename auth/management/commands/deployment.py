"""manage.py deployment: the name that prefixes this deployment's keys in Redis."""

import secrets
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from auth.maintenance import deployment
from auth.stores import key_names

_new_id = partial(secrets.token_hex, 16)


class Command(BaseCommand):
    help = "Print the name that prefixes this deployment's keys in Redis, or change it (--new)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new",
            action="store_true",
            help="generate a new id: for a copy of another deployment's database that shares its Redis",
        )

    def handle(self, *args: Any, new: bool, **options: Any) -> None:
        if new:
            deployment.renew(_new_id)
            self.stderr.write("This deployment has a new id. Restart its workers: until then they use the old one.")
        self.stdout.write(key_names.of_deployment(deployment.name(_new_id)))
