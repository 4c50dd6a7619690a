from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import now

from auth.maintenance.cleanup import BATCH, clean_up


class Command(BaseCommand):
    help = "Delete expired tokens, sessions and records, in batches. Safe while the server runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help=f"rows per statement (default {BATCH})")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        totals: dict[str, int] = {}
        for progress in clean_up(settings.AUTH, now=now(), batch=max(1, batch)):
            totals[progress.table] = totals.get(progress.table, 0) + progress.deleted
            self.stdout.write(f"{progress.table}: {totals[progress.table]} deleted")
        self.stdout.write(f"Done: {sum(totals.values())} rows deleted.")
