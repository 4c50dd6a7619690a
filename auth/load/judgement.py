"""Judging a run: its outcome logs, its pool and the database together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from auth.load.dropped import judge_dropped, metrics_text
from auth.load.findings import Findings
from auth.load.folders import this_deployment
from auth.load.history import History
from auth.load.measures import Measures
from auth.load.oracles import Database, Judge
from auth.load.outcomes import OutcomeLog
from auth.load.report import report_of
from auth.load.runs import LoadError, RunFile, folder_of
from auth.load.stored import blacklisted_tokens, stored_sessions
from auth.models import LoadRun
from auth.tokens import compact
from auth.tokens.errors import TokenRefused


def judge_run(name: str, *, directory: str, metrics: str | None, allowed: frozenset[int]) -> dict[str, Any]:
    """The report. `metrics` is a URL; outcomes with an `allowed` status are expected. Raises LoadError, OSError."""
    folder = folder_of(name, directory)
    described = _described(folder, name)
    outcomes, findings = folder / "outcomes", Findings()
    log = OutcomeLog(outcomes, described.run)
    judge_dropped(metrics_text(metrics, settings.METRICS_TOKEN, outcomes), findings["dropped"])
    history = History(log, findings)
    if not history.count:
        raise LoadError(f"The outcome logs in {outcomes} are empty.")
    database = Database(stored_sessions(described.run), blacklisted_tokens(described.run), _pool(folder))
    judge = Judge(
        history,
        database,
        findings,
        tokens=settings.AUTH,
        policies=settings.AUTH.policies,
        allowed=allowed,
    )
    _require_known_sessions(history)
    measures = Measures(history.first, history.last)
    for outcome in log:
        judge.judge(outcome)
        measures.add(outcome)
    judge.finish()
    return report_of(described, history, findings, measures.report(), settings=settings.AUTH)


def _described(folder: Path, name: str) -> RunFile:
    """run.json. Raises LoadError unless it is of this run, this server and this database."""
    described = RunFile.read(folder)
    if described.run != name:
        raise LoadError(f"{folder}/run.json is of the run {described.run}: rename the folder.")
    if described.deployment != this_deployment():
        raise LoadError(f"{folder} is of another deployment: check DATABASE_URL.")
    if not LoadRun.objects.filter(name=name).exists():
        raise LoadError(f"The database has no run {name}: it was removed; seed it again, and remove {folder}.")
    return described


def _require_known_sessions(history: History) -> None:
    sessions = history.sessions.values()
    if sessions and all(session.stored is None for session in sessions):
        raise LoadError(f"None of the {len(sessions)} sessions in the outcome logs is of this run: check --directory.")


def _pool(folder: Path) -> Iterator[tuple[str, str, float]]:
    """`sid`, `jti` and expiry of its access tokens. Nothing if the pool was deleted: it is secret."""
    path = folder / "pool.jsonl"
    if not path.exists():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = orjson.loads(line)
                claims = orjson.loads(compact.split(entry["access_token"]).payload)
                yield str(entry["sid"]), str(claims["jti"]), float(entry["expires_at"])
            except (ValueError, TypeError, KeyError, TokenRefused) as error:
                raise LoadError(f"{path}, line {number}: not an entry of a pool.") from error
