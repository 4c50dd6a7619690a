"""manage.py clients add|list|remove: the services that may introspect tokens."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError

from auth.clients.secrets import check_client_id, hash_secret, new_secret
from auth.models import ServiceClient


class Command(BaseCommand):
    help = "Add, list or remove service clients: resource servers that introspect and revoke tokens."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("add", help="add a client and print its secret once").add_argument("client_id")
        actions.add_parser("list", help="show every client")
        actions.add_parser("remove", help="refuse this client from now on").add_argument("client_id")

    def handle(self, *args: Any, action: str, client_id: str = "", **options: Any) -> None:
        match action:
            case "add":
                self._add(client_id)
            case "list":
                self._list()
            case "remove":
                self._remove(client_id)

    def _add(self, client_id: str) -> None:
        secret = new_secret(secrets.token_bytes)
        try:
            ServiceClient.objects.create(client_id=check_client_id(client_id), secret_hash=hash_secret(secret))
        except ValueError as error:
            raise CommandError(str(error)) from error
        except IntegrityError as error:
            raise CommandError(
                f"The client {client_id} exists already. To give it a new secret, remove it first."
            ) from error
        self.stdout.write(f"client_id: {client_id}\nclient_secret: {secret}")
        self.stderr.write("The secret is shown only once; only its hash is stored.")

    def _list(self) -> None:
        for client in ServiceClient.objects.all():
            self.stdout.write(f"{client.client_id}  added {client.created_at:%Y-%m-%dT%H:%M:%SZ}")

    def _remove(self, client_id: str) -> None:
        deleted, _ = ServiceClient.objects.filter(client_id=client_id).delete()
        if not deleted:
            raise CommandError(f"There is no client {client_id}; see manage.py clients list.")
        self.stdout.write(f"{client_id} is removed.")
