"""Names that no two things share."""

import re
import subprocess
import sys

from app.ids import RandomIds


def test_no_two_are_alike():
    ids = RandomIds()
    made = [ids() for _ in range(1000)]

    assert len(set(made)) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{16}", one) for one in made)


_FORK = """
import os
from app.ids import RandomIds
ids = RandomIds()
ids()
if os.fork() == 0:
    os.write(1, ids().encode())
    os._exit(0)
os.wait()
os.write(1, b" " + " ".join(ids() for _ in range(300)).encode())
"""


def test_a_forked_process_makes_others():
    done = subprocess.run([sys.executable, "-c", _FORK], stdout=subprocess.PIPE, text=True, check=True)

    assert len(set(done.stdout.split())) == 301
