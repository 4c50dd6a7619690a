"""Several processes at one directory of keys."""

import subprocess
import sys

from auth.signing_keys import directory as keystore
from tests.integration.signing_keys.support import ROOT

AT_ONCE = """
import sys
from pathlib import Path
from auth.signing_keys import directory as keystore

print("ready", flush=True)
sys.stdin.readline()
if sys.argv[1] == "ensure":
    keystore.ensure(Path(sys.argv[2]), algorithm="ES256", now=1.0)
else:
    keystore.add(Path(sys.argv[2]), algorithm="ES256", now=1.0)
"""


def at_once(action, directory, *, count=4):
    """Do it in several processes, as close together as can be."""
    command = [sys.executable, "-c", AT_ONCE, action, directory]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) for _ in range(count)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    codes = [process.wait(30) for process in processes]
    for process in processes:
        assert process.stdout is not None
        process.stdout.close()
    assert codes == [0] * count


def test_several_processes_that_start_at_once_make_one_key(tmp_path):
    at_once("ensure", tmp_path / "keys")

    assert len(keystore.read(tmp_path / "keys").keys) == 1


def test_several_processes_that_add_at_once_lose_no_record(tmp_path):
    at_once("add", tmp_path / "keys")

    found = keystore.read(tmp_path / "keys")
    assert len(found.keys) == len(found.records) == 4
