"""Writes settings/published_secrets.bin from lists of secrets that anyone can read on the internet.

    python scripts/published_secrets.py LIST [LIST ...]

Of each secret that is long enough to pass for one of ours, the file holds the first 8 bytes of its SHA-256, sorted.
"""

import hashlib
import sys
from pathlib import Path

MIN_BYTES = 32
TARGET = Path(__file__).resolve().parent.parent / "settings" / "published_secrets.bin"


def main(paths: list[str]) -> None:
    lines = {line for path in paths for line in Path(path).read_bytes().splitlines() if len(line) >= MIN_BYTES}
    digests = sorted(hashlib.sha256(line).digest()[:8] for line in lines)
    TARGET.write_bytes(b"".join(digests))
    sys.stdout.write(f"{len(digests)} secrets\n")


if __name__ == "__main__":
    main(sys.argv[1:])
