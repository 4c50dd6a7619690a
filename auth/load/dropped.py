"""What /metrics reports as dropped."""

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from auth.load.findings import Finding
from auth.load.runs import LoadError

COUNTERS = ("authgate_records_dropped", "authgate_log_lines_dropped")
SAVED = "metrics.txt"
"""Beside the outcome logs: what GET /metrics returned after the run."""


def metrics_text(url: str | None, token: str, directory: Path) -> str | None:
    """From the server or, without a URL, from the saved file; None if there is neither. Raises LoadError, OSError."""
    if url is None:
        saved = directory / SAVED
        return saved.read_text() if saved.exists() else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        response = httpx.get(url, headers=headers, timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise LoadError(f"{url} cannot be read: {str(error) or type(error).__name__}.") from error
    if response.status_code != 200:
        raise LoadError(f"{url} returned {response.status_code}: check --metrics, METRICS_ENABLED and METRICS_TOKEN.")
    return response.text


def judge_dropped(text: str | None, rule: Finding) -> None:
    """Raises LoadError for a text that is not of our server."""
    if text is None:
        rule.skipped = f"no --metrics URL, and no {SAVED} beside the outcome logs"
        return
    counts = _counts(text)
    missing = [name for name in COUNTERS if name not in counts]
    if missing:
        raise LoadError(f"The metrics lack {', '.join(missing)}: save those of this server.")
    for name in COUNTERS:
        rule.judged += 1
        if counts[name]:
            rule.add(f"{name}: {counts[name]} since the server started", count=counts[name])


def _counts(text: str) -> dict[str, int]:
    try:
        families = list(text_string_to_metric_families(text))
    except ValueError as error:
        raise LoadError("The metrics are not in Prometheus' text format: save what GET /metrics returns.") from error
    return {family.name: int(family.samples[0].value) for family in families if family.samples}
