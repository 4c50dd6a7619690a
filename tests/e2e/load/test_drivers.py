"""The drivers for autocannon, wrk and k6, and the targets for vegeta and oha, on a real server with two workers."""

import base64
import json
import re
import shutil
import sys
from collections import Counter

import httpx
import pytest

from tests.docs.documents import ROOT
from tests.e2e.load.runs import LOAD, drive, tool

pytestmark = pytest.mark.long

SHIM = str(ROOT / "tests/e2e/load/k6_shim.mjs")


def installed(package: str) -> str:
    """The path of Node.js, where this npm package is installed for the drivers."""
    if not (LOAD / "node_modules" / package).exists():
        pytest.skip(f"{package} is not installed: its driver was NOT tested; run `make test-load`")
    return tool("node")


def check_mix(run):
    """Only what was expected came back, and each rotation was answered once."""
    refreshes = [outcome for outcome in run.outcomes() if outcome["op"] == "refresh" and outcome["status"] == 200]
    presented = [(outcome["sid"], outcome["presented"]) for outcome in refreshes]
    assert run.statuses() == {200}
    assert {op for op, _ in run.counts()} >= {"refresh", "me"}
    assert len(set(presented)) == len(presented)


def test_autocannon(whole_run):
    command = [installed("autocannon"), "autocannon.mjs", whole_run.url]

    for _ in range(2):  # the second continues with the tokens that the first stored
        printed = drive(whole_run, command, SECONDS="5", CONNECTIONS="10", PACE="0.02")

    assert "every threshold is met" in printed
    check_mix(whole_run)


def test_autocannon_finds_that_revoked_tokens_are_refused(whole_run):
    drive(
        whole_run,
        [installed("autocannon"), "autocannon.mjs", whole_run.url],
        SECONDS="6",
        CONNECTIONS="5",
        MIX="logout=1 me=5",
        PACE="0.1",
    )

    outcomes = whole_run.outcomes()
    ended = {outcome["ended_sid"] for outcome in outcomes if "ended_sid" in outcome}
    refused = {outcome["sid"] for outcome in outcomes if outcome["status"] == 401}
    assert refused
    assert refused <= ended


def test_wrk(run):
    command = [tool("wrk"), "-t", "2", "-c", "10", "-d", "10s", "-s", "wrk.lua", run.url]

    printed = drive(run, command, MIX="login=1 refresh=5 me=200 ws=1")

    assert "0 unexpected outcomes, " in printed
    assert "leaves them out: refresh" in printed
    assert int(re.findall(r"load: 200 +(\d+)", printed)[0]) > 100


def test_the_script_for_k6_runs(whole_run):
    """In a stand-in for k6, which runs the script as it is. A real one is used where there is one."""
    printed = drive(whole_run, [tool("node"), SHIM, "k6.js", "10", "10"], URL=whole_run.url)

    lines = [line for line in printed.splitlines() if '"op"' in line]
    (whole_run.folder / "outcomes").mkdir(mode=0o700)
    (whole_run.folder / "outcomes" / "driver.jsonl").touch(mode=0o600)
    (whole_run.folder / "outcomes" / "driver.jsonl").write_text("".join(f"{line}\n" for line in lines))
    assert '{"unexpected":0,"throttled":0}' in printed
    check_mix(whole_run)


@pytest.mark.skipif(not shutil.which("k6"), reason="k6 is not installed: its script was NOT run in k6 itself")
def test_the_script_for_k6_runs_in_k6(whole_run):
    (whole_run.folder / "outcomes").mkdir(mode=0o700)
    (whole_run.folder / "outcomes" / "driver.jsonl").touch(mode=0o600)
    log = ["--log-format", "raw", "--console-output", str(whole_run.folder / "outcomes" / "driver.jsonl")]
    variables = [f"--env={name}={value}" for name, value in whole_run.env.items()]

    options = ["--vus", "10", "--duration", "10s", *log, *variables, f"--env=URL={whole_run.url}"]
    drive(whole_run, ["k6", "run", *options, "k6.js"])

    check_mix(whole_run)


def test_the_script_for_k6_uses_k6_as_its_types_say(run):
    drive(run, [installed("typescript"), "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"])


def test_targets_for_vegeta(whole_run):
    """In the form of vegeta's lib/target.schema.json. What is due is refreshed by the generator, and logged."""
    lines = [json.loads(line) for line in (whole_run.folder / "pool.jsonl").read_text().splitlines()]
    (whole_run.folder / "pool.jsonl").write_text("".join(json.dumps(line | {"refresh_at": 0}) + "\n" for line in lines))

    printed = drive(
        whole_run, [sys.executable, "targets.py", "vegeta", whole_run.url, "60"], MIX="login=1 me=9 ws=2", USERS="5"
    )

    with httpx.Client() as client:
        statuses = Counter(attack(client, json.loads(line)) for line in printed.splitlines())
    assert statuses == {200: 60}
    assert whole_run.counts() == {("refresh", 200): 5}


def attack(client, target):
    assert target.keys() <= {"method", "url", "header", "body"}
    fields = [(name, value) for name, values in target["header"].items() for value in values]
    body = base64.b64decode(target.get("body", ""), validate=True)
    return client.request(target["method"], target["url"], headers=fields, content=body).status_code


def test_arguments_for_oha(run):
    printed = drive(run, [sys.executable, "targets.py", "oha", run.url])

    [(field, url)] = re.findall(r"^-H '(.*)' (\S+)$", printed.strip())
    name, _, value = field.partition(": ")
    assert httpx.get(url, headers={name: value}).status_code == 200
