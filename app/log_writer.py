"""Log lines, written by a separate thread: a slow stdout blocks no request.

Lines that exceed the queue are dropped and counted: in /metrics, and in a log line once writing works again.
"""

import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial

import structlog

log = structlog.get_logger("authgate.log")

CAPACITY = 2 * 1024 * 1024
"""Bytes that may wait: about 9,000 lines of requests."""
DRAIN_SECONDS = 1.0
"""How long the end of the process waits for lines that are still to leave."""
_GATHERING_SECONDS = 0.005
_BATCH = 64 * 1024
"""Bytes, as many as a pipe holds."""


class LogWriter:
    """`write` may block, and may raise OSError: its lines count as dropped. The thread starts with the first line."""

    def __init__(self, write: Callable[[bytes], None], *, capacity: int = CAPACITY) -> None:
        self._write = write
        self._capacity = capacity
        self._lines: deque[bytes] = deque()
        self._waiting = 0
        """Bytes, those included that are being written."""
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._writer: int | None = None
        """The identifier of the thread."""
        self._drain_until = float("inf")
        self._reported = 0
        self.dropped = 0
        """Lines, since the process began."""

    def put(self, line: bytes) -> None:
        """Have a line written, which ends with a line break. Waits for it only after `drain`."""
        with self._lock:
            is_report = threading.get_ident() == self._writer  # of lost lines: neither dropped nor waited for
            if self._waiting + len(line) > self._capacity and not is_report:
                self.dropped += 1
                return
            self._waiting += len(line)
            self._lines.append(line)
            if len(self._lines) == 1:
                self._wake()
        if self._drain_until < float("inf") and not is_report:
            self._flush()

    def drain(self) -> None:
        """The process may end at any time now: wait for queued lines, and write later lines synchronously.

        Waits DRAIN_SECONDS at most in total.
        """
        self._drain_until = min(self._drain_until, time.monotonic() + DRAIN_SECONDS)
        self._flush()

    def _flush(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, timeout=max(0.0, self._drain_until - time.monotonic()))

    def _wake(self) -> None:
        if self._writer is None:
            thread = threading.Thread(target=self._run, name="log", daemon=True)
            thread.start()
            self._writer = thread.ident
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
            time.sleep(_GATHERING_SECONDS)  # few writes, and few times that this thread takes the GIL from requests
            self._write_some()

    def _write_some(self) -> None:
        batch = self._next_batch()
        try:
            self._write(b"".join(batch))
        except OSError:  # there is nowhere else to report it
            self.dropped += len(batch)
        else:
            self._report_dropped()
        with self._changed:
            self._waiting -= sum(map(len, batch))
            self._changed.notify_all()

    def _report_dropped(self) -> None:
        """Writing works again: log how many lines were dropped."""
        if count := self.dropped - self._reported:
            self._reported = self.dropped
            log.error("log_lines_dropped", count=count)

    def _next_batch(self) -> list[bytes]:
        batch: list[bytes] = []
        with self._changed:
            size = 0
            while self._lines and size < _BATCH:
                batch.append(self._lines.popleft())
                size += len(batch[-1])
        return batch


def write_all(descriptor: int, text: bytes) -> None:
    """To the file descriptor: this thread would lock Python's buffer for as long as stdout is not read.

    Where the descriptor is non-blocking, it waits until there is room. Raises OSError.
    """
    rest = memoryview(text)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:  # another process that shares it has made it non-blocking
            select.select([], [descriptor], [])


def _descriptor() -> int:
    """That of stdout. Where it was closed from the start, the number 1 may be another file's by now."""
    stream = sys.stdout or sys.stderr
    try:
        return stream.fileno()
    except OSError:  # it was replaced by something in memory
        return sys.__stdout__.fileno() if sys.__stdout__ else os.open(os.devnull, os.O_WRONLY)


stdout = LogWriter(partial(write_all, _descriptor()))
