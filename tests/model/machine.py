"""Hypothesis drives two workers through anything that may happen to them, and holds them against the model."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, ClassVar
from uuid import UUID

from asgiref.sync import sync_to_async
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from auth.endings import end_all_sessions
from auth.models import Revocation, User
from auth.principal import Principal
from auth.services import devices
from auth.services.authenticate import authenticate
from auth.services.change_password import change_password
from auth.services.login import login
from auth.services.logout import logout
from auth.services.refresh import refresh
from auth.services.register import Registration, register
from auth.tokens import RefreshClaims
from tests.conftest import PASSWORD, unique_name
from tests.model.expected import Access, Account, Session
from tests.model.judging import Check, Judge
from tests.model.world import Snapshot, World, caller

WORKERS = st.integers(0, 1)
PICKS = st.integers(0, 99)
"""Which of the things that are there; modulo their number."""

_numbers = count(1)


class Workers(RuleBasedStateMachine):
    """An account, its sessions, and two workers. `make_world` is set by the test that runs the machine."""

    make_world: ClassVar[Callable[[], World]]

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).make_world()
        self.judge = Judge(self.world)
        self.user_ids: list[int] = []
        self.stopped: list[tuple[int, Any, Check]] = []
        """Operations under way: on which worker, what, and who checks its outcome."""
        self.snapshots: list[Snapshot] = []

    def teardown(self) -> None:
        """In the end, a second after the last event, both workers must agree with the model, whatever they know."""
        while self.stopped:
            self.finish(0)
        self.pass_time(1.0)
        self.check_everything()
        for number in (0, 1):
            self.world.set_deaf(number, is_deaf=False)
            self.world.catch_up(number)
        self.check_everything()
        self.world.run(Revocation.objects.filter(user_id__in=self.user_ids).adelete)

    def check_everything(self) -> None:
        for number in (0, 1):
            for access in self.judge.account.accesses():
                self.judge.check_use(number, access)
        for session in self.judge.account.sessions:
            self.judge.check_leaves(session)

    @property
    def now(self) -> float:
        return self.world.clock()

    # What callers do

    @initialize(number=WORKERS)
    def register(self, number: int) -> None:
        name = unique_name("model")
        wanted = Registration(name, f"{name}@example.com", PASSWORD, "", "")
        made = self.world.run(lambda: register(self.world.workers[number], wanted, caller()))
        account = Account(name, PASSWORD, made.user["id"], self.now)
        account.new_session(0, self.now).give(made.pair, self.now)
        self.user_ids.append(account.user_id)
        self.judge.account = account

    @precondition(lambda self: self.judge.account.is_gone)
    @rule(number=WORKERS)
    def register_another(self, number: int) -> None:
        self.check_everything()
        self.register(number)

    @rule(number=WORKERS, stops=st.booleans())
    def login(self, number: int, stops: bool) -> None:
        runtime, account = self.world.workers[number], self.judge.account
        work = partial(login, runtime, identifier=account.username, password=account.password, caller=caller())
        self.start(number, "verified", work, self.judge.login(), stops=stops)

    @rule(number=WORKERS, pick=PICKS, stops=st.sampled_from(["", "answered", "fill"]))
    def use(self, number: int, pick: int, stops: str) -> None:
        access = chosen(self.judge.account.accesses(), pick)
        work = partial(authenticate, self.world.workers[number], access.raw, caller())
        self.start(number, stops, work, self.judge.use(number, access), stops=bool(stops))

    @rule(number=WORKERS, pick=PICKS, age=st.sampled_from([0, 0, 0, 1, 1, 2, 3]), stops=st.booleans())
    def redeem(self, number: int, pick: int, age: int, stops: bool) -> None:
        session = chosen(self.judge.account.sessions, pick)
        generations = sorted(session.refresh, reverse=True)
        generation = generations[min(age, len(generations) - 1)]
        work = partial(refresh, self.world.workers[number], session.refresh[generation], caller())
        self.start(number, "rotate", work, self.judge.redeem(session, generation), stops=stops)

    @precondition(lambda self: self.judge.live())
    @rule(number=WORKERS, pick=PICKS, how=st.sampled_from(["logout", "one", "others", "all"]), stops=st.booleans())
    def end(self, number: int, pick: int, how: str, stops: bool) -> None:
        runtime, access = self.world.workers[number], chosen(self.judge.live(), pick)
        principal = self.principal(number, access)
        target = chosen([session for session in self.judge.account.sessions if not session.over_since], pick)
        sid = UUID(claims_of(self.world, target).session)
        works: dict[str, Callable[[], Any]] = {
            "logout": partial(logout, runtime, principal, refresh_token=None, caller=caller()),
            "one": partial(devices.end_one, runtime, principal, sid, caller()),
            "others": partial(devices.end_others, runtime, principal, caller()),
            "all": partial(devices.end_all, runtime, principal, caller()),
        }
        self.start(number, "spread", works[how], self.judge.nothing, stops=stops)
        self.judge.ended(how, access.session, target)  # committed, though perhaps nobody knows of it yet

    @precondition(lambda self: self.judge.live())
    @rule(number=WORKERS, pick=PICKS, stops=st.booleans())
    def change_password(self, number: int, pick: int, stops: bool) -> None:
        runtime, access, account = self.world.workers[number], chosen(self.judge.live(), pick), self.judge.account
        new = f"{PASSWORD} {next(_numbers)}"
        principal = self.principal(number, access)
        work = partial(change_password, runtime, principal, old=account.password, new=new, caller=caller())
        self.start(number, "verified", work, self.judge.change_password(access.session, new), stops=stops)

    # What administrators do, on a worker that is none of the two

    @precondition(lambda self: not self.judge.account.is_gone)
    @rule(act=st.sampled_from(["ban", "unban", "promote", "demote", "end all", "delete"]))
    def administer(self, act: str) -> None:
        account = self.judge.account
        users = User.objects.filter(pk=account.user_id)
        acts: dict[str, Callable[[], Any]] = {
            "ban": partial(users.update, is_active=False),
            "unban": partial(users.update, is_active=True),
            "promote": partial(users.update, is_staff=True),
            "demote": partial(users.update, is_staff=False),
            "end all": partial(end_all_sessions, account.user_id, reason="admin", now=self.world.utc_now()),
            "delete": users.delete,
        }
        self.world.run(sync_to_async(acts[act]))
        self.judge.administered(act)

    # What happens to the server

    @rule(seconds=st.sampled_from([0.3, 0.6, 1.0, 1.0, 4.0, 9.0, 11.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.pass_time(seconds, self.user_ids)

    @rule(seconds=st.sampled_from([500.0, 929.5, 930.0, 1800.0]))
    def pass_long_time(self, seconds: float) -> None:
        while self.stopped:  # no request lasts so long
            self.finish(0)
        self.world.pass_time(seconds, self.user_ids)

    @rule(number=WORKERS, stops=st.booleans())
    def catch_up(self, number: int, stops: bool) -> None:
        """A round of the job that follows the log; it may stop between reading and believing."""
        work = self.world.workers[number].revocations.catch_up
        if not any(entry[0] == number and entry[1].pause.point == "read" for entry in self.stopped):
            self.start(number, "read", work, self.judge.catch_up(number), stops=stops)

    @precondition(lambda self: self.stopped)
    @rule(pick=PICKS)
    def finish(self, pick: int) -> None:
        entry = chosen(self.stopped, pick)
        self.stopped.remove(entry)
        _, operation, check = entry
        check(self.world.finish(operation))

    @rule(number=WORKERS)
    def restart(self, number: int) -> None:
        """kill -9: what was under way is never answered."""
        for entry in [entry for entry in self.stopped if entry[0] == number]:
            self.stopped.remove(entry)
            self.world.kill(entry[1])
        self.world.restart(number)

    @rule(number=WORKERS, is_deaf=st.booleans())
    def set_deaf(self, number: int, is_deaf: bool) -> None:
        """No revocation of this worker reaches Redis, or they do again."""
        self.world.set_deaf(number, is_deaf=is_deaf)

    @rule()
    def flush_redis(self) -> None:
        self.world.flush()

    @rule()
    def save_redis(self) -> None:
        self.snapshots.append(self.world.snapshot())

    @precondition(lambda self: self.snapshots)
    @rule(pick=PICKS)
    def bring_back_old_redis(self, pick: int) -> None:
        self.world.restore(chosen(self.snapshots, pick))

    def start(self, number: int, point: str, work: Callable[[], Any], check: Check, *, stops: bool) -> None:
        """Do something as a whole, or up to `point`, to be finished later."""
        if not stops:
            check(self.world.outcome(work))
            return
        operation = self.world.begin(point, work)
        if operation.is_over:
            check(self.world.finish(operation))
        else:
            self.stopped.append((number, operation, check))

    def principal(self, number: int, access: Access) -> Principal:
        found: Principal = self.judge.check_use(number, access)
        return found


def chosen[T](things: list[T], pick: int) -> T:
    return things[pick % len(things)]


def claims_of(world: World, session: Session) -> RefreshClaims:
    return world.workers[0].refresh_tokens.verify(session.newest)
