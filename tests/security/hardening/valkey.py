"""A Valkey of a test's own, to kill and to hang, and the application on it."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.application import Application
from app.launch import valkey as embedded
from auth.core.policies import Quota
from tests.conftest import limited, serving

TIMEOUT = timedelta(milliseconds=200)
QUOTAS = {
    "login": Quota(10, 60),
    "login_address": Quota(1000, 60),
    "login_account": Quota(1000, 86400),
    "register": Quota(100, 3600),
    "refresh": Quota(100, 60),
    "change_password": Quota(20, 900),
    "api": Quota(400, 60),
}


@dataclass(slots=True)
class OwnValkey:
    """`away("killed")` or `away("hung")`, and `back()`."""

    directory: Path
    server: embedded.Embedded

    def away(self, how: str) -> None:
        if how == "hung":
            os.kill(self._process.pid, signal.SIGSTOP)
        else:
            self._process.kill()
            self._process.wait()

    def back(self) -> None:
        """It goes on, with all that it had."""
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGCONT)
        else:
            self.server = embedded.start(self.directory)

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self.server.process
        return self.server.process


@asynccontextmanager
async def on(valkey: OwnValkey, settings: Any, **changes: Any) -> AsyncIterator[Application]:
    """An application on this Valkey, one of two workers, with every limit on."""
    changes = {"policies": limited(settings.AUTH, **QUOTAS), "workers": 2, "redis_timeout": TIMEOUT, **changes}
    async with serving(settings, redis_url=valkey.server.url, **changes) as application:
        yield application
