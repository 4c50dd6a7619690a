"""What is being done, on stderr; results go to stdout."""

import sys
import time

_STARTED = time.monotonic()


def say(line: str) -> None:
    minutes, seconds = divmod(int(time.monotonic() - _STARTED), 60)
    print(f"[{minutes:2d}:{seconds:02d}] {line}", file=sys.stderr, flush=True)
