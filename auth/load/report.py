"""The report of a run as JSON: findings, measures, machine and settings."""

import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from django.db import connection

from auth.config import AuthSettings
from auth.core.policies import LIMITS
from auth.load.findings import RULES, Finding, Findings
from auth.load.history import History
from auth.load.runs import LoadError, RunFile

FORMAT = 1
"""Of the report; a reader refuses others."""
_CPUINFO = Path("/proc/cpuinfo")


def report_of(
    run: RunFile, history: History, findings: Findings, measures: Mapping[str, Any], *, settings: AuthSettings
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "run": run.run,
        "deployment": run.deployment,
        "judged_at": _moment(datetime.now(UTC).timestamp()),
        "passed": findings.passed,
        "rules": [_rule(finding) for finding in findings],
        "log": {
            "outcomes": history.count,
            "sessions": len(history.sessions),
            "first_at": _moment(history.first),
            "last_at": _moment(history.last),
            "seconds": round(history.last - history.first, 3),
        },
        **measures,
        "machine": _machine(),
        "settings": {**_settings(settings), "accounts": run.users, "sessions_per_account": run.sessions},
    }


def read_report(path: Path) -> dict[str, Any]:
    """One that was written before. Raises LoadError, OSError."""
    try:
        report = orjson.loads(path.read_bytes())
    except ValueError as error:
        raise LoadError(f"{path} is not JSON: {error}.") from error
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise LoadError(f"{path} is not a report of manage.py load verify --json of this version.")
    return report


def _rule(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "meaning": RULES[finding.rule],
        "judged": finding.judged,
        "count": finding.count,
        "examples": finding.examples,
        "skipped": finding.skipped,
    }


def _machine() -> dict[str, Any]:
    """The one that judges. The server and the drivers may be elsewhere."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cpus": os.cpu_count(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "python": platform.python_version(),
        "optimized": bool(sys.flags.optimize),
    }


def _processor() -> str:
    """Its model, where the system names it."""
    try:
        lines = _CPUINFO.read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _settings(settings: AuthSettings) -> dict[str, Any]:
    """Those of this environment that bear on results: the server is assumed to have the same."""
    limits = {name: getattr(settings.policies, name).quota for name in LIMITS}
    return {
        "database": f"{connection.vendor} {'.'.join(map(str, connection.get_database_version()))}",
        "workers": settings.workers,
        "hash_threads": settings.hash_threads,
        "algorithm": settings.algorithm,
        "access_lifetime_seconds": settings.access_lifetime.total_seconds(),
        "rotation_grace_seconds": settings.rotation_grace.total_seconds(),
        "lost_answer_retry_seconds": settings.lost_answer_retry.total_seconds(),
        "verified_tokens": settings.verified_tokens,
        "redis_client": settings.redis_client,
        **{f"rate_limit_{name}": str(quota or "off") for name, quota in limits.items()},
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
