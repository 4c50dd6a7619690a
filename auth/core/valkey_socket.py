"""The socket of a DATA_DIR's Valkey, for the settings and the launcher."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

_LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 108 on Linux, 104 on macOS


def socket_path(data_dir: Path) -> Path:
    """Where the server of `data_dir` listens: in it, or in the temporary directory when that is too long."""
    path = data_dir.absolute() / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"authgate-{os.getuid()}-{digest}" / "valkey.sock"


def socket_url(data_dir: Path) -> str:
    """The address of the server of `data_dir`, for a Redis client."""
    return f"unix://{quote(str(socket_path(data_dir)))}"
