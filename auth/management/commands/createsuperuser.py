from typing import Any

from django.contrib.auth.management.commands.createsuperuser import Command as CreateSuperuser
from django.core.management.base import CommandError
from django.db import IntegrityError


class Command(CreateSuperuser):
    """Django's only checks for the exact spelling; this one also finds a name or an address in another spelling."""

    def handle(self, *args: Any, **options: Any) -> Any:
        try:
            return super().handle(*args, **options)
        except IntegrityError as error:
            raise CommandError(
                "This username or e-mail address is already in use, perhaps in another spelling. Choose another."
            ) from error
