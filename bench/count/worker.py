"""`python -m bench.count.worker CONTESTANT ...`: the process in which one contestant is counted.

Prints JSON: for each row Python calls and coroutines a request. With --marks it only runs the requests, between marks
that valgrind looks for (callgrind.py); with --trace it prints the calls of one request.
"""

import asyncio
import gc
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import orjson

from bench.count import calls, contestants
from bench.count.callgrind import LENGTHS
from bench.count.connection import Connection, ask_application, scope_of, server_state
from bench.count.contestants import Contestant
from bench.count.store import Loop

_WARM_UP = 128
_COUNTED = 256
"""Requests whose calls are counted: as many as request ids are made at once (app/ids.py)."""
SEVERAL = 16
"""Connections that ask at once, in the row that says what requests share."""


Ask = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Row:
    """`door`: "bytes" goes through the server's protocol, "asgi" calls the application."""

    route: str
    door: str
    connections: int = 1

    @property
    def name(self) -> str:
        return f"{self.route} {self.door}" + f" x{self.connections}" * (self.connections > 1)


def rows_of(contestant: Contestant) -> Iterator[Row]:
    for route in contestant.requests:
        yield Row(route, "bytes")
        yield Row(route, "asgi")
    yield Row("me", "bytes", SEVERAL)


async def main(options: Namespace) -> None:
    contestant = await contestants.ALL[options.contestant]()
    Loop.reply = contestant.reply
    rows = {row.name: row for row in rows_of(contestant)}
    chosen = [rows[name] for name in options.rows or rows]
    asks = {row.name: await _ask(contestant, row) for row in chosen}
    for ask in asks.values():
        await ask(_WARM_UP)
    gc.collect()
    gc.freeze()
    gc.disable()
    await _ACTIONS[options.action](asks)


async def _ask(contestant: Contestant, row: Row) -> Ask:
    request = contestant.requests[row.route]
    if row.door == "asgi":
        scope, application = scope_of(request), contestant.config.loaded_app
        return lambda count: ask_application(application, scope, count)
    state = server_state(contestant.config)
    several = [Connection(contestant.config, request, state) for _ in range(row.connections)]
    for connection in several:
        await connection.learn()
    if len(several) == 1:
        return several[0].ask
    return lambda count: asyncio.gather(*(each.ask(count // row.connections) for each in several))


async def _count(asks: dict[str, Ask]) -> None:
    report = {}
    for name, ask in asks.items():
        with calls.counted() as found:
            await ask(_COUNTED)
        report[name] = {"calls": found.calls / _COUNTED, "coroutines": found.coroutines / _COUNTED}
    sys.stdout.write(orjson.dumps(report).decode())


async def _trace(asks: dict[str, Ask]) -> None:
    for name, ask in asks.items():
        with calls.counted(traced=True) as found:
            await ask(1)
        print(f"{name}: {found.calls} calls, {found.coroutines} of them coroutines", *found.lines, sep="\n")


async def _run_between_marks(asks: dict[str, Ask]) -> None:
    for ask in asks.values():
        for length in LENGTHS:
            mark()
            await ask(length)
    mark()


def mark() -> None:
    """A call into the C library that nothing else makes."""
    os.getpriority(os.PRIO_PROCESS, 0)


_ACTIONS: dict[str, Callable[[dict[str, Ask]], Awaitable[None]]] = {
    "count": _count,
    "trace": _trace,
    "mark": _run_between_marks,
}


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.count.worker")
    parser.add_argument("contestant", choices=contestants.ALL)
    parser.add_argument("action", choices=_ACTIONS)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="such as 'me bytes'; default: all")
    return parser.parse_args()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(main(_arguments()))
