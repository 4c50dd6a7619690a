"""Child processes that do not outlive the process that started them.

On Linux the kernel ends them, even after SIGKILL. Elsewhere they end only if the parent exits in order.
"""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """End this worker immediately when the supervisor that spawned it ends, for any reason.

    Call it in the worker's main thread. A process that multiprocessing did not spawn is left alone: its
    parent may be a shell, which it should be able to outlive.
    """
    supervisor = multiprocessing.parent_process()
    if supervisor is not None and supervisor.pid is not None:
        end_with(supervisor.pid, signal.SIGKILL)  # draining would keep the port from the next supervisor


def end_with(parent: int, signum: signal.Signals) -> None:
    """Have the kernel send `signum` to this process when its parent, process id `parent`, ends (Linux only).

    Ends this process when the parent is gone already. Raises OSError when the kernel refuses.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signum) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != parent:
        os._exit(1)


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    output: IO[bytes] | None = None,
    env: Mapping[str, str] | None = None,
    directory: Path | None = None,
    umask: int = -1,
    inherit: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start `command` in a new session; it gets `death_signal` when this process ends.

    `output` takes both stdout and stderr (default: ours); `inherit` are file descriptors it keeps.
    Call it in the main thread: the kernel watches for the end of the starting thread.
    """
    return subprocess.Popen(  # noqa: S603  our own commands, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output and subprocess.STDOUT,
        env=env,
        cwd=directory,
        umask=umask,
        pass_fds=inherit,
        start_new_session=True,  # Ctrl-C goes to us alone, so that we choose the order of the ends
        preexec_fn=partial(end_with, os.getpid(), death_signal),
    )


def stop(process: subprocess.Popen[bytes], *, grace: float, signum: signal.Signals = signal.SIGTERM) -> int:
    """Send `signum` to a spawned process, wait `grace` seconds, kill what is left of its group.

    Returns its exit code, negative for a signal. A process that has ended already is not an error.
    """
    process.send_signal(signum)
    try:
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()
