"""`python -m bench.hashrate SECONDS`: how many passwords a second our hash pool checks when nothing else is done."""

import asyncio
import sys
import time

import django

django.setup(set_prefix=False)

from django.contrib.auth.hashers import make_password  # noqa: E402  needs the settings

from app.launch import cores  # noqa: E402
from auth.passwords.pool import PasswordPool  # noqa: E402
from bench.peers.common import PASSWORD  # noqa: E402

_CALLERS = 16


async def rate(seconds: float) -> float:
    pool = PasswordPool(threads=cores.for_hashing(workers=1), queue=_CALLERS)
    encoded, started, done = make_password(PASSWORD), time.perf_counter(), 0

    async def call() -> None:
        nonlocal done
        while time.perf_counter() - started < seconds:
            await pool.verify(PASSWORD, encoded)
            done += 1

    await asyncio.gather(*(call() for _ in range(_CALLERS)))
    pool.close()
    return done / (time.perf_counter() - started)


if __name__ == "__main__":
    sys.stderr.write(str(asyncio.run(rate(float(sys.argv[1])))))
