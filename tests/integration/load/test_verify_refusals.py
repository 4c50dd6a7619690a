"""manage.py load verify: what it refuses, in one line."""

import json
from dataclasses import asdict, replace

import pytest
from django.core.management import CommandError, call_command

from auth.load.runs import RunFile
from auth.models import LoadAccount, LoadRun


@pytest.fixture
def run(finished_run):
    return finished_run


def refused(run, *options):
    """Its one line of refusal."""
    with pytest.raises(CommandError, match=r"^[^\n]+\.$") as error:
        call_command("load", "verify", run.name, "--directory", str(run.directory), *options)
    return str(error.value)


def test_an_unknown_run(run):
    unknown = replace(run, name="unknown")

    assert (
        refused(unknown)
        == f"There is no {run.directory}/unknown/run.json: name the folder that holds the run with --directory."
    )


def test_a_run_without_an_outcome_log(run):
    assert refused(run) == f"There is no outcome log in {run.outcomes}: a driver writes NAME.jsonl there."


def test_an_empty_outcome_log(run):
    run.save()

    assert refused(run) == f"The outcome logs in {run.outcomes} are empty."


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"at": 1, "ms": 1, "op": "me", "sta', "unexpected end of data"),
        ("[]", "not a JSON object"),
        ('{"ms": 1, "op": "me", "status": 200}', "`at` and `ms` must be numbers from 0 to 1e11"),
        ('{"at": 1, "ms": -1, "op": "me", "status": 200}', "`at` and `ms` must be numbers from 0 to 1e11"),
        ('{"at": 1e300, "ms": 1, "op": "me", "status": 200}', "`at` and `ms` must be numbers from 0 to 1e11"),
        ('{"at": 1, "ms": 1, "op": "", "status": 200}', "`op` must be a short text"),
        ('{"at": 1, "ms": 1, "op": "me", "status": 20}', "`status` must be 0 or an HTTP status"),
        ('{"at": 1, "ms": 1, "op": "me", "status": true}', "`status` must be 0 or an HTTP status"),
        ('{"at": 1, "ms": 1, "op": "me", "status": 200, "sid": 5}', "`sid` must be a text or null"),
        ('{"at": 1, "ms": 1, "op": "me", "status": 200, "gen": 1.5}', "`gen` must be a whole number or null"),
        ('{"at": 1, "ms": 1, "op": "login", "status": 200, "username": "bob"}', "'bob' is not an account of this run"),
    ],
)
def test_a_broken_line_is_named_with_file_and_line(run, line, reason):
    run.honest()
    run.write("other.jsonl", '{"at": 1, "ms": 1, "op": "me", "status": 200}\n\n' + line)

    assert refused(run).startswith(f"{run.outcomes}/other.jsonl, line 3: {reason}")


def test_an_outcome_log_of_another_run(run):
    run.add("me", 1, sid="00000000-0000-0000-0000-000000000000", presented=0)
    run.save()

    assert refused(run) == "None of the 1 sessions in the outcome logs is of this run: check --directory."


@pytest.mark.parametrize("change", [{"deployment": "another"}, {"run": "another"}])
def test_a_folder_of_another_deployment_or_run(run, change):
    run.honest()
    folder = run.outcomes.parent
    described = {**asdict(RunFile.read(folder)), **change}
    (folder / "run.json").write_text(json.dumps(described))

    assert refused(run) in (
        f"{folder} is of another deployment: check DATABASE_URL.",
        f"{folder}/run.json is of the run another: rename the folder.",
    )


def test_a_run_that_was_removed(run):
    run.honest()
    LoadAccount.objects.filter(run__name=run.name).delete()
    LoadRun.objects.filter(name=run.name).delete()

    assert refused(run).startswith(f"The database has no run {run.name}: ")


def test_a_broken_pool_is_named_with_its_line(run):
    run.honest()
    (run.outcomes.parent / "pool.jsonl").write_text("{}\n")

    assert refused(run) == f"{run.outcomes.parent}/pool.jsonl, line 1: not an entry of a pool."


def test_a_report_to_compare_with_that_is_none(run):
    run.honest()
    other = run.directory / "other.json"
    other.write_text("{}")
    assert refused(run, "--against", str(other)) == (
        f"{other} is not a report of manage.py load verify --json of this version."
    )

    other.write_text("{")
    assert refused(run, "--against", str(other)).startswith(f"{other} is not JSON: ")


def test_a_report_that_cannot_be_written_is_one_line(run):
    run.honest()

    assert "No such file or directory" in refused(run, "--json", str(run.directory / "missing" / "report.json"))


@pytest.mark.parametrize("text", ["", "# TYPE other_total counter\nother_total 1\n", "not metrics at all {"])
def test_metrics_of_another_server(run, text):
    run.honest()
    run.write("metrics.txt", text)

    assert refused(run).startswith("The metrics ")


def test_metrics_that_cannot_be_read(run):
    run.honest()

    assert refused(run, "--metrics", "http://127.0.0.1:1/metrics").startswith(
        "http://127.0.0.1:1/metrics cannot be read: "
    )
