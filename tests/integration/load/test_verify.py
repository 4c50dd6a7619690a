"""manage.py load verify: the verdict and the reports."""

import json
import stat

import pytest
from django.core.management import call_command

from auth.models import BlacklistedToken, Session


@pytest.fixture
def run(finished_run):
    return finished_run


def verify(run, capsys, *options):
    """What it prints, and whether it passes."""
    codes: list[object] = [0]
    try:
        call_command("load", "verify", run.name, "--directory", str(run.directory), *options)
    except SystemExit as end:
        codes.append(end.code)
    assert codes in ([0], [0, 1])
    return capsys.readouterr().out, codes == [0]


def broken(run, capsys, *options):
    """The rules that are broken."""
    report = run.directory / "report.json"
    _, passed = verify(run, capsys, "--json", str(report), *options)
    found = [rule["rule"] for rule in json.loads(report.read_text())["rules"] if rule["count"]]
    assert passed == (found == [])
    return found


def test_an_honest_run_passes(run, capsys):
    output, passed = verify(run.honest(), capsys)

    assert passed
    assert output.endswith("Passed.\n")
    assert "3 outcomes of 1 sessions" in output


def test_the_report_says_what_was_judged_where_and_under_which_settings(run, capsys):
    path = run.directory / "report.json"
    verify(run.honest(), capsys, "--json", str(path))
    report = json.loads(path.read_text())

    assert report["outcomes"] == {"me 200": 2, "refresh 200": 1}
    assert report["operations"]["me"]["count"] == 2
    assert report["operations"]["me"]["p99"] == 5.0
    assert sum(each["count"] for each in report["timeline"]) == 3
    assert report["machine"]["cpus"] >= 1
    assert report["settings"]["rate_limit_login"] == "off"
    assert report["settings"]["database"].startswith(("postgresql ", "sqlite "))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_broken_rule_is_named_with_an_example(run, capsys):
    run.honest()
    run.add("refresh", 3, presented=1, gen=2, successor="c", how="rotated")
    run.save()
    output, passed = verify(run, capsys)

    assert not passed
    assert f"broken   rotations: 1 of 1\n         session {run.sid}: " in output
    assert output.endswith("Failed.\n")


@pytest.mark.parametrize("reason", ["refresh_reuse", "logout", "admin"])
def test_what_the_database_holds_is_compared(run, capsys, reason):
    run.honest()
    run.add("me", 5, 401, error="invalid_token", presented=1)
    run.save()
    assert broken(run, capsys) == ["live-tokens"]

    Session.objects.get(pk=run.session.pk).delete()
    Session.objects.create(
        pk=run.session.pk,
        user=run.session.user,
        client_id="x",
        epoch=0,
        generation=1,
        expires_at=run.session.expires_at,
        revoked_at=run.session.created_at,
        revoked_reason=reason,
    )
    assert broken(run, capsys) == (["reuse"] if reason == "refresh_reuse" else [])


def test_an_account_that_was_disabled_or_changed_its_password_has_no_live_session(run, capsys):
    run.honest()
    run.add("me", 5, 401, error="invalid_token", presented=1)
    run.save()
    run.session.user.is_active = False
    run.session.user.save()

    assert broken(run, capsys) == []


def test_a_blacklisted_token_is_not_live(run, capsys):
    run.honest()
    run.add("me", 5, 401, error="invalid_token", presented=1, jti="listed-one")
    run.save()
    BlacklistedToken.objects.create(
        jti="listed-one", user=run.session.user, token_type="access", reason="x", expires_at=run.session.expires_at
    )

    assert broken(run, capsys) == []


def test_without_its_pool_a_run_is_judged_by_its_log(run, capsys):
    run.honest()
    (run.outcomes.parent / "pool.jsonl").unlink()

    assert broken(run, capsys) == []


def test_dropped_records_are_found(run, capsys):
    run.honest()
    run.save(dropped=2)

    assert broken(run, capsys) == ["dropped"]


def test_without_metrics_that_rule_is_skipped(run, capsys):
    run.honest()
    (run.outcomes / "metrics.txt").unlink()
    output, passed = verify(run, capsys)

    assert passed
    assert "skipped  dropped: no --metrics URL, and no metrics.txt beside the outcome logs" in output


def test_the_page_is_written_and_two_runs_are_compared(run, capsys):
    run.honest()
    before, page = run.directory / "before.json", run.directory / "page.html"
    verify(run, capsys, "--json", str(before))
    run.add("me", 4, 503, error="service_unavailable", presented=1)
    run.save()
    output, _ = verify(run, capsys, "--against", str(before), "--html", str(page), "--allow", "503")

    assert "outcome me 503 service_unavailable                    -                    1" in output
    assert "Compared with the other report" in page.read_text()
    assert "http" not in page.read_text().replace("http://testserver", "")  # nothing from elsewhere


def test_nothing_secret_is_reported(run, capsys):
    path, page = run.directory / "report.json", run.directory / "page.html"
    output, _ = verify(run.honest(), capsys, "--json", str(path), "--html", str(page))

    for text in (output, path.read_text(), page.read_text()):
        assert "of no use" not in text
