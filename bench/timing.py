"""`python -m bench.timing`: whether the time of a refused login tells a known account from an unknown or disabled one.

Logins that are refused run inside this process, one after another and the kinds in turn, with the real hash,
so that what else the machine does falls on all alike. Needs a migrated database and Redis, as DATABASE_URL and
REDIS_URL say, and every RATE_LIMIT_ of login off; the accounts that it makes are deleted.
"""

import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

from asgi import application
from auth.caller import Caller, RequestContext
from auth.errors import InvalidCredentials
from auth.models import User
from auth.runtime import Runtime
from auth.sessions.login import log_in

_ROUNDS, _WARM_UP = 300, 20
_KINDS = ("known", "unknown", "disabled", "disabled, right password")


async def main() -> None:
    async with application.running() as runtime, _accounts(runtime) as attempts:
        times: dict[str, list[float]] = {kind: [] for kind in _KINDS}
        for _ in range(_WARM_UP + _ROUNDS):
            for kind in _KINDS:
                times[kind].append(await _refusal(runtime, *attempts[kind]))
    medians = {kind: median(spent[_WARM_UP:]) for kind, spent in times.items()}
    spread = max(medians.values()) / min(medians.values()) - 1
    report = [f"{kind} {spent * 1000:.2f} ms" for kind, spent in medians.items()]
    sys.stdout.write(f"medians of {_ROUNDS}: {', '.join(report)}; they differ by {spread:.1%}\n")


@asynccontextmanager
async def _accounts(runtime: Runtime) -> AsyncIterator[dict[str, tuple[str, str]]]:
    """A name and a password of each kind."""
    names = {kind: f"timing-{kind}-{secrets.token_hex(4)}" for kind in _KINDS[:3]}
    password = secrets.token_hex(16)
    try:
        for kind in ("known", "disabled"):
            user = User(username=names[kind], email=f"{names[kind]}@example.com", is_active=kind == "known")
            user.password = await runtime.passwords.hash_new(password, user)
            await user.asave()
        wrong = {kind: (name, "not the password") for kind, name in names.items()}
        yield wrong | {_KINDS[3]: (names["disabled"], password)}
    finally:
        await User.objects.filter(username__in=names.values()).adelete()


async def _refusal(runtime: Runtime, name: str, password: str) -> float:
    """Seconds until a login is refused."""
    context = RequestContext(Caller(address="127.0.0.1", user_agent="timing"))
    started = time.perf_counter()
    try:
        await log_in(runtime, identifier=name, password=password, context=context)
    except InvalidCredentials:
        return time.perf_counter() - started
    raise AssertionError("a login that must be refused was not")


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
