"""`manage.py load seed`: make a run's accounts, sessions and tokens."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import OutputWrapper

from auth.core.database_clock import DatabaseClock
from auth.load.folders import Order
from auth.load.issuer_check import require_issuer
from auth.load.runs import LoadError, folder_of
from auth.load.seed import seed

NAME = "seed"
HELP = "make accounts with sessions and tokens; the same command continues after an interruption"

_MOST_USERS, _MOST_SESSIONS = 100_000_000, 1000


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--run", required=True, help="the name of the run, and of its folder")
    parser.add_argument("--users", type=int, default=1000, help="accounts (default 1000)")
    parser.add_argument("--sessions", type=int, default=1, help="sessions of each account (default 1)")
    parser.add_argument("--directory", default=".", help="where the folder of the run lies (default: here)")
    parser.add_argument("--base-url", default="", help="the server's URL, for the drivers")
    parser.add_argument(
        "--spread-expiry", action="store_true", help="access tokens that expire one after the other, not all together"
    )


def run(options: Mapping[str, Any], stdout: OutputWrapper) -> None:
    order = _order(options)
    _require_permission(order.run)
    if order.base_url:
        require_issuer(order.base_url, settings.AUTH.issuer)
    clock = DatabaseClock()
    async_to_sync(clock.sync)()
    try:
        count = seed(order, clock=clock, stdout=stdout)
    except KeyboardInterrupt as error:
        raise LoadError(
            f"Interrupted. The same command continues; manage.py load clean {order.run} removes what was made."
        ) from error
    stdout.write(f"{order.folder}/pool.jsonl and pool.csv have the tokens of {count} sessions. Keep them secret.")
    if not order.base_url:
        stdout.write(f"They are accepted by a server that is the issuer {settings.AUTH.issuer} (PORT, JWT_ISSUER).")
    if missing := order.users * order.sessions - count:
        stdout.write(f"{missing} sessions of the run have ended, and are not in the pool.")


def _order(options: Mapping[str, Any]) -> Order:
    if not 1 <= options["users"] <= _MOST_USERS:
        raise LoadError(f"--users must be from 1 to {_MOST_USERS}.")
    if not 1 <= options["sessions"] <= _MOST_SESSIONS:
        raise LoadError(f"--sessions must be from 1 to {_MOST_SESSIONS}.")
    names = ("run", "users", "sessions", "base_url", "spread_expiry")
    return Order(folder=folder_of(options["run"], options["directory"]), **{name: options[name] for name in names})


def _require_permission(name: str) -> None:
    """Where real users are, an operator names the run in the environment."""
    if settings.LOAD_TEST_REQUIRED and settings.AUTH.load_test != name:
        raise LoadError(
            f"These are production settings: to seed all the same, set LOAD_TEST={name} in the environment of this"
            " command and of the server, which then logs it each minute."
        )
