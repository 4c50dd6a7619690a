"""Logs and databases made by hand, and what the rules find in them."""

from dataclasses import replace

from django.conf import settings

from auth.core.policies import Quota
from auth.load.findings import Findings
from auth.load.history import History
from auth.load.oracles import Database, Judge
from auth.load.outcomes import outcome_of
from auth.load.stored import StoredSession
from tests.conftest import limited

SID = "00000000-0000-0000-0000-000000000001"
START = 1_900_000_000.0
AFTER = START + 1000
LIMIT = Quota(3, 60)


def outcome(op, at, status=200, **values):
    """A request sent `at` seconds after the start, and answered 10 ms later."""
    tokenless = {"sid": SID} if op != "login" else {"username": "load-x-1"}
    return outcome_of({"at": START + at, "ms": 10.0, "op": op, "status": status, **tokenless, **values})


def rotation(at, presented, **values):
    answer = {"gen": presented + 1, "successor": f"token {presented + 1}", "how": "rotated"}
    return outcome("refresh", at, presented=presented, **{**answer, **values})


def logout(at, **values):
    return outcome("logout", at, **{"presented": 0, "ended_sid": SID, **values})


def me(at, status=200, presented=0, **values):
    error = {"error": "invalid_token"} if status == 401 else {}
    return outcome("me", at, status, presented=presented, **{"jti": f"access {presented}", **error, **values})


def wrong_password(at, **values):
    return outcome("login", at, 401, error="invalid_credentials", **values)


def refused_login(at, **values):
    return outcome("login", at, 429, error="rate_limited", **values)


def stored(generation=0, **values):
    times = {"rotated_at": START, "expires_at": START + 90 * 86400}
    return StoredSession(**{"sid": SID, "generation": generation, "min_generation": 0, **times, **values})


def judged(log, *sessions, login=LIMIT, allowed=frozenset(), pool_sids=(SID,), **database):
    """All findings. The pool's access tokens are valid for 1,000 s."""
    findings = Findings()
    quotas = {"login": login, "login_account": Quota(100, 86400), "login_address": Quota(60, 60)}
    policies = limited(settings.AUTH, **quotas)
    known = Database(sessions, pool=[(sid, "access 0", AFTER) for sid in pool_sids], **database)
    judge = Judge(
        History(log, findings),
        known,
        findings,
        tokens=replace(settings.AUTH, policies=policies),
        policies=policies,
        allowed=allowed,
    )
    for each in log:
        judge.judge(each)
    judge.finish()
    return findings


def broken(*arguments, **options):
    """The broken rules, and how often each is."""
    return {each.rule: each.count for each in judged(*arguments, **options) if each.count}
