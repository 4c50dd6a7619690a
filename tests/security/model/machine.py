"""Hypothesis drives two workers through anything that may happen to them, and holds them against the model."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from auth.accounts.change_password import replace_own_password
from auth.accounts.register import Registration, register_account
from auth.authentication.authenticate import authenticate
from auth.models import User
from auth.principal import Principal
from auth.revocation.revoke import revoke_all_sessions
from auth.sessions import own_sessions
from auth.sessions.login import log_in
from auth.sessions.logout import log_out
from auth.sessions.refresh import refresh_session
from tests.conftest import PASSWORD, unique_name
from tests.security.model.expected import Account, Session
from tests.security.model.simulation import Stage, chosen
from tests.security.model.world import caller, context

WORKERS = st.integers(0, 1)
PICKS = st.integers(0, 99)
"""Which of the things that are there; modulo their number."""
SECONDS = [0.3, 0.6, 1.0, 4.0, 9.0, 11.0, 500.0, 899.0, 930.0, 1800.0]
AROUND = st.sampled_from(
    [
        "",
        "used before",
        "looked after",
        "used before, looked after",
        "used before, fresh after",
        "old Redis after",
        "old Redis after",
    ]
)
"""An ending is likelier to go wrong when caches are full, and to be seen when somebody looks: at workers that have not
read the log since, and so ask the database, or at fresh ones."""
ACTS = ["ban", "unban", "promote", "promote", "demote", "demote", "end all", "delete"]
DISTURBANCES = ["flush", "save", "bring back", "bring back", "restart", "deaf", "deaf", "hearing"]

_numbers = count(1)


class Workers(Stage):
    """An account, its sessions, and two workers. `number` is the worker that serves."""

    # What callers do

    @initialize(number=WORKERS)
    def register(self, number: int) -> None:
        name = unique_name("model")
        wanted = Registration(name, f"{name}@example.com", PASSWORD, "", "")
        made = self.world.run(lambda: register_account(self.world.workers[number], wanted, context()))
        self.judge.account = account = Account(name, PASSWORD, made.user["id"])
        account.new_session(0, self.now).give(made.pair, self.now)

    @rule(number=WORKERS, stops=st.booleans())
    def login(self, number: int, stops: bool) -> None:
        runtime, account = self.world.workers[number], self.judge.account
        work = partial(log_in, runtime, identifier=account.username, password=account.password, context=context())
        self.start(number, "verified", work, self.judge.login(), stops=stops)

    @precondition(lambda self: not self.judge.live())
    @rule(number=WORKERS)
    def start_afresh(self, number: int) -> None:
        if self.judge.account.is_gone:
            self.check_everything()
            self.register(number)
        else:
            self.do("unban")
            self.login(number, stops=False)

    @rule(number=WORKERS, pick=PICKS, stops=st.sampled_from(["", "answered", "fill"]))
    def use(self, number: int, pick: int, stops: str) -> None:
        access = chosen(self.judge.account.accesses(), pick)
        work = partial(authenticate, self.world.workers[number], access.raw, context())
        self.start(number, stops, work, self.judge.use(number, access), stops=bool(stops))

    @rule(
        number=WORKERS,
        pick=PICKS,
        age=st.sampled_from([0, 0, 0, 1, 1, 2, 99]),
        late=st.sampled_from([0, 0, 10.0, 11.0]),
        stops=st.booleans(),
    )
    def redeem(self, number: int, pick: int, age: int, late: float, stops: bool) -> None:
        """The newest refresh token, or one that is `age` generations old, `late` seconds later."""
        self.wait(late)
        session = chosen(self.judge.live_sessions() or self.judge.account.sessions, pick)
        generations = sorted(session.refresh, reverse=True)
        self.refresh(number, session, generations[min(age, len(generations) - 1)], stops=stops)

    @precondition(lambda self: self.judge.live_sessions() and not self.stopped)
    @rule(number=WORKERS, pick=PICKS)
    def redeem_twice_at_once(self, number: int, pick: int) -> None:
        session = chosen(self.judge.live_sessions(), pick)
        generation = session.generation
        self.refresh(number, session, generation, stops=True)
        self.refresh(1 - number, session, generation, stops=False)
        self.finish_all()

    def refresh(self, number: int, session: Session, generation: int, *, stops: bool) -> None:
        work = partial(refresh_session, self.world.workers[number], session.refresh[generation], context())
        self.start(number, "rotate", work, self.judge.redeem(session, generation), stops=stops)

    @precondition(lambda self: self.judge.live())
    @rule(
        number=WORKERS,
        pick=PICKS,
        how=st.sampled_from(["logout", "one", "others", "all"]),
        stops=st.booleans(),
        around=AROUND,
    )
    def end(self, number: int, pick: int, how: str, stops: bool, around: str) -> None:
        self.use_before(around)
        access, target = chosen(self.judge.live(), pick), chosen(self.judge.live_sessions(), pick)
        works = self.endings(number, self.principal(number, access), target)
        self.start(number, "spread", works[how], self.judge.nothing, stops=stops)
        self.judge.ended(how, access.session, target)  # committed, though perhaps nobody knows of it yet
        self.look_after(around)

    def endings(self, number: int, principal: Principal, target: Session) -> dict[str, Callable[[], Any]]:
        runtime = self.world.workers[number]
        sid = UUID(runtime.refresh_tokens.verify(target.newest).session)
        return {
            "logout": partial(log_out, runtime, principal, refresh_token=None, caller=caller()),
            "one": partial(own_sessions.end_one, runtime, principal, sid, caller()),
            "others": partial(own_sessions.end_others, runtime, principal, caller()),
            "all": partial(own_sessions.end_all, runtime, principal, caller()),
        }

    @precondition(lambda self: self.judge.live())
    @rule(number=WORKERS, pick=PICKS, stops=st.booleans(), around=AROUND)
    def change_password(self, number: int, pick: int, stops: bool, around: str) -> None:
        self.use_before(around)
        runtime, access, account = self.world.workers[number], chosen(self.judge.live(), pick), self.judge.account
        new = f"{PASSWORD} {next(_numbers)}"
        principal = self.principal(number, access)
        work = partial(replace_own_password, runtime, principal, old=account.password, new=new, context=context())
        self.start(number, "verified", work, self.judge.change_password(access.session, new), stops=stops)
        self.look_after(around)

    # What administrators do, on a worker that is none of the two

    @precondition(lambda self: not self.judge.account.is_gone)
    @rule(act=st.sampled_from(ACTS), around=AROUND)
    def administer(self, act: str, around: str) -> None:
        self.use_before(around)
        self.do(act)
        self.look_after(around)

    def do(self, act: str) -> None:
        account = self.judge.account
        users = User.objects.filter(pk=account.user_id)
        acts: dict[str, Callable[[], Any]] = {
            "ban": partial(users.update, is_active=False),
            "unban": partial(users.update, is_active=True),
            "promote": partial(users.update, is_staff=True),
            "demote": partial(users.update, is_staff=False),
            "end all": partial(revoke_all_sessions, account.user_id, reason="admin", now=self.world.utc_now()),
            "delete": users.delete,
        }
        self.world.run(sync_to_async(acts[act]))
        self.judge.administered(act)

    # What happens to the server

    @rule(seconds=st.sampled_from(SECONDS))
    def pass_time(self, seconds: float) -> None:
        self.wait(seconds)

    @rule(number=WORKERS, stops=st.booleans())
    def catch_up(self, number: int, stops: bool) -> None:
        """It may stop between reading and believing."""
        self.follow_log(number, stops=stops)

    @precondition(lambda self: self.stopped)
    @rule(pick=PICKS)
    def go_on(self, pick: int) -> None:
        self.finish(pick)

    @rule(number=WORKERS, what=st.sampled_from(DISTURBANCES), pick=PICKS)
    def disturb(self, number: int, what: str, pick: int) -> None:
        match what:
            case "flush":
                self.world.flush()
            case "save":
                self.snapshots.append(self.world.snapshot())
            case "bring back" if self.snapshots:
                self.world.restore(chosen(self.snapshots, pick))
            case "restart":
                self.restart(number)
            case "deaf" | "hearing":
                self.world.set_deaf(number, is_deaf=what == "deaf")
