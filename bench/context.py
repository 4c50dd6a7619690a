"""What every scenario is given."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench import checks, load
from bench.progress import say
from bench.servers import CheckFailedError, Fleet, Server
from bench.stores import Stores
from bench.targets import Target

WARM_UP_SECONDS = 3.0
"""Long enough for what a server puts off after its first requests: ours writes down within 2 s who was there."""


@dataclass(frozen=True, slots=True)
class Bench:
    """`targets` are those to compare; `rounds` and `seconds` the size of a measurement."""

    stores: Stores
    fleet: Fleet
    targets: Sequence[Target]
    rounds: int
    seconds: float

    @property
    def few(self) -> int:
        """Rounds of what is not `me`."""
        return min(3, self.rounds)

    @contextmanager
    def serving(
        self, target: Target, *, workers: int = 1, environment: Mapping[str, str] | None = None
    ) -> Iterator[Server]:
        """A target that runs, is checked, and has seen each of its tokens. Raises CheckFailedError."""
        with self.fleet.running(target, workers=workers, environment=environment) as server:
            checks.checked(server)
            load.run(server.me(), connections=16, seconds=WARM_UP_SECONDS)
            yield server

    @contextmanager
    def all_serving(self, targets: Sequence[Target] | None = None, *, workers: int = 1) -> Iterator[list[Server]]:
        """Those that start and pass; others are named and left out. Raises SystemExit when ours is among them."""
        with ExitStack() as stack:
            servers: dict[str, Server] = {}
            for target in self.targets if targets is None else targets:
                try:
                    servers[target.name] = self._join(stack, target, servers, workers)
                except CheckFailedError as error:
                    if target.is_ours:
                        raise SystemExit(f"bench: {error}") from error
                    say(f"LEFT OUT: {error}")
            yield list(servers.values())

    def _join(self, stack: ExitStack, target: Target, servers: Mapping[str, Server], workers: int) -> Server:
        if target.runs_on:
            return checks.checked(servers[target.runs_on].asked_as(target))
        return stack.enter_context(self.serving(target, workers=workers))
