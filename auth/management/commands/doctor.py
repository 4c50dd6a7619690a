from typing import Any

from django.core.management.base import BaseCommand

from auth.maintenance.doctor import Finding, Level, examine

_STYLES = {Level.GOOD: "SUCCESS", Level.DOUBTFUL: "WARNING", Level.BAD: "ERROR"}


class Command(BaseCommand):
    help = "Check the stores, clocks, keys, limits, proxies and migrations, and say how to fix problems."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = examine()
        for finding in findings:
            self._show(finding)
        if any(finding.level is Level.BAD for finding in findings):
            raise SystemExit(1)

    def _show(self, finding: Finding) -> None:
        style = getattr(self.style, _STYLES[finding.level])
        self.stdout.write(f"{style(finding.level.value):9} {finding.subject}: {finding.text}")
