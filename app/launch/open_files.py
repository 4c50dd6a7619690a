"""The limit of open files of this process and its children.

The soft limit is low for programs that use select(2), and any process may raise it to the hard limit. The server uses
epoll.
"""

from contextlib import suppress
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit

MOST = 1 << 20
"""More is useless, and some programs allocate a table of this size."""
ENOUGH = 4096


def raise_limit() -> None:
    """Raise the soft limit to the hard one. Never lowers it, and leaves it where the system refuses, as macOS does."""
    soft, hard = getrlimit(RLIMIT_NOFILE)
    wanted = MOST if hard == RLIM_INFINITY else min(hard, MOST)
    if soft != RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            setrlimit(RLIMIT_NOFILE, (wanted, hard))


def doubts() -> list[str]:
    """A warning if this process can open only few files: at most one line."""
    soft, _ = getrlimit(RLIMIT_NOFILE)
    if soft == RLIM_INFINITY or soft >= ENOUGH:
        return []
    return [
        f"only {soft} files can be open, and each connection needs one; raise the hard limit (ulimit -Hn) to {ENOUGH}"
    ]
