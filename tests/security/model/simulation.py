"""The environment of the state machine: workers, oracle, and pending operations."""

from collections.abc import Callable
from typing import Any, ClassVar

from hypothesis.stateful import RuleBasedStateMachine

from auth.principal import Principal
from tests.security.model.expected import Access
from tests.security.model.oracle import Check, Judge
from tests.security.model.pauses import Operation
from tests.security.model.world import Snapshot, World

_MOST_STOPPED = 4
_LONGEST_STOP = 60.0  # seconds; no request lasts longer


class Stage(RuleBasedStateMachine):
    """`make_world` is set by the test that runs the machine."""

    make_world: ClassVar[Callable[[], World]]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).make_world()
        self.judge = Judge(self.world)
        self.stopped: list[tuple[int, Operation, Check]] = []
        """Operations under way: on which worker, what, and who checks its outcome."""
        self.snapshots: list[Snapshot] = []

    def teardown(self) -> None:
        """In the end, a second after the last event, both workers must agree with the model, whatever they know."""
        try:
            self.finish_all()
            self.wait(1.0)
            self.check_everything()
            for number in (0, 1):
                self.world.set_deaf(number, is_deaf=False)
                self.world.catch_up(number)
            self.check_everything()
        finally:
            self.finish_all()
            self.world.close()

    @property
    def now(self) -> float:
        return self.world.clock()

    def check_everything(self) -> None:
        self.use_all()
        for session in self.judge.account.sessions:
            self.judge.check_leaves(session)

    def use_all(self) -> None:
        for number in (0, 1):
            for access in self.judge.account.accesses():
                self.judge.check_use(number, access)

    def use_before(self, around: str) -> None:
        if "before" in around or "old Redis" in around:
            self.use_all()
        if "old Redis" in around:
            self.snapshots.append(self.world.snapshot())

    def look_after(self, around: str) -> None:
        if "after" in around:
            self.wait(1.0)
            if "fresh" in around:
                self.follow_logs()
            self.check_everything()
        if "old Redis" in around:
            self.follow_logs()
            self.world.restore(self.snapshots[-1])
            self.check_everything()

    def follow_logs(self) -> None:
        for number in (0, 1):
            self.follow_log(number, stops=False)

    def follow_log(self, number: int, *, stops: bool) -> None:
        """A round of the job that follows the revocation log; a worker has only one."""
        work = self.world.workers[number].revocations.catch_up
        if not any(entry[0] == number and entry[1].pause.point == "read" for entry in self.stopped):
            self.start(number, "read", work, self.judge.catch_up(number), stops=stops)

    def wait(self, seconds: float) -> None:
        if seconds > _LONGEST_STOP:
            self.finish_all()
        self.world.pass_time(seconds)

    def start(self, number: int, point: str, work: Callable[[], Any], check: Check, *, stops: bool) -> None:
        """Do something as a whole, or up to `point`, to be finished later."""
        if not stops or len(self.stopped) == _MOST_STOPPED:
            check(self.world.outcome(work))
            return
        operation = self.world.begin(point, work)
        if operation.is_over:
            check(self.world.finish(operation))
        else:
            self.stopped.append((number, operation, check))

    def finish(self, pick: int) -> None:
        entry = chosen(self.stopped, pick)
        self.stopped.remove(entry)
        _, operation, check = entry
        check(self.world.finish(operation))

    def finish_all(self) -> None:
        while self.stopped:
            self.finish(0)

    def restart(self, number: int) -> None:
        """kill -9: what was under way is never answered."""
        for entry in [entry for entry in self.stopped if entry[0] == number]:
            self.stopped.remove(entry)
            self.world.kill(entry[1])
        self.world.restart(number)

    def principal(self, number: int, access: Access) -> Principal:
        found: Principal = self.judge.check_use(number, access)
        return found


def chosen[T](things: list[T], pick: int) -> T:
    return things[pick % len(things)]
