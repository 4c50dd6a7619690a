"""Holds the outcomes of operations against the model, and moves the model on."""

from collections.abc import Callable
from functools import partial
from typing import Any

from auth.authentication.authenticate import authenticate
from auth.errors import InvalidCredentials, InvalidGrant, InvalidToken, ServiceUnavailable
from auth.sessions.refresh import Refreshed, is_current
from tests.security.model.expected import Access, Account, Session
from tests.security.model.pauses import Outcome
from tests.security.model.world import World, context

Check = Callable[[Outcome], Any]


class Judge:
    """Each method is called when an operation begins, and returns what judges its outcome, perhaps much later."""

    account: Account

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def now(self) -> float:
        return self._world.clock()

    def live(self) -> list[Access]:
        return [access for access in self.account.accesses() if access.is_live(self.now)]

    def live_sessions(self) -> list[Session]:
        return [session for session in self.account.sessions if session.over_since is None]

    def use(self, number: int, access: Access) -> Check:
        account, begun_at, was_live = access.session.account, self.now, access.is_live(self.now)

        def check(outcome: Outcome) -> Any:
            if isinstance(outcome.error, InvalidToken):
                assert not (was_live and access.is_live(self.now)), f"a live token was refused: {access} at {self.now}"
                return None
            if isinstance(outcome.error, ServiceUnavailable) and self._world.is_deaf(number):
                assert not access.is_live(self.now)
                return None
            principal = outcome.get()
            assert not access.must_be_refused(begun_at), f"accepted after its end: {access} at {self.now}"
            assert principal.is_staff in account.possible_staff(begun_at), "an old right was believed"
            return principal

        return check

    def check_use(self, number: int, access: Access) -> Any:
        """Use an access token now."""
        runtime = self._world.workers[number]
        return self.use(number, access)(self._world.outcome(lambda: authenticate(runtime, access.raw, context())))

    def check_leaves(self, session: Session) -> None:
        """Of all refresh tokens, the newest and, within the grace, the one before lead on, and to one successor."""
        runtime = self._world.workers[0]
        for generation, raw in session.refresh.items():
            claims = runtime.refresh_tokens.verify(raw)
            found = self._world.run(partial(is_current, runtime, claims))
            assert found == session.is_current(generation, self.now), "not one leaf"

    def redeem(self, session: Session, generation: int) -> Check:
        begun_at = self.now

        def check(outcome: Outcome) -> None:
            expected = session.judge(generation, begun_at)
            if expected == "reused":
                session.end(self.now)
            if expected == "rotated":
                session.rotate(begun_at)
            if expected in ("rotated", "retried"):
                refreshed: Refreshed = outcome.get()
                assert refreshed.outcome == expected
                session.give(refreshed.pair, self.now)
            elif isinstance(outcome.value, Refreshed):
                self._dead_on_arrival(session, outcome.value)
            else:
                assert isinstance(outcome.error, InvalidGrant), outcome.error

        return check

    def _dead_on_arrival(self, session: Session, refreshed: Refreshed) -> None:
        """The session ended while it was being rotated: the answer may say otherwise, its tokens must not work."""
        assert session.over_since is not None, "an old refresh token was honoured"
        session.refresh[max(session.refresh) + 1] = refreshed.pair.refresh_token
        session.add_access(refreshed.pair, self.now)

    def login(self) -> Check:
        account = self.account
        was_active, raises_seen = account.is_active and not account.is_gone, len(account.epoch_raised_at)

        def check(outcome: Outcome) -> None:
            if isinstance(outcome.error, InvalidCredentials):
                assert not was_active or account.is_gone
                return
            pair = outcome.get().pair
            assert was_active
            assert not account.is_gone
            session = account.new_session(raises_seen, self.now)
            session.refresh[0] = pair.refresh_token
            session.add_access(pair, self.now)

        return check

    def change_password(self, session: Session, new: str) -> Check:
        account, changes_seen = self.account, self.account.passwords

        def check(outcome: Outcome) -> None:
            if session.over_since is not None or account.passwords > changes_seen:
                assert isinstance(outcome.error, InvalidToken), outcome.error
                return
            pair = outcome.get()
            account.password = new
            account.passwords += 1
            account.end_all(self.now, keep=session)
            session.rotate(self.now, voids_older=True)
            session.give(pair, self.now)

        return check

    def catch_up(self, number: int) -> Check:
        def check(outcome: Outcome) -> None:
            if not (isinstance(outcome.error, ServiceUnavailable) and self._world.is_deaf(number)):
                outcome.get()

        return check

    def nothing(self, outcome: Outcome) -> None:
        outcome.get()

    def ended(self, how: str, own: Session, target: Session) -> None:
        match how:
            case "logout":
                own.end(self.now)
            case "one":
                target.end(self.now)
            case "others":
                self.account.end_all(self.now, keep=own)
            case "all":
                self.account.end_all(self.now)

    def administered(self, act: str) -> None:
        account, now = self.account, self.now
        if act in ("promote", "demote"):
            account.set_staff(act == "promote", now)
            return
        account.end_all(now)
        account.is_active = {"ban": False, "unban": True}.get(act, account.is_active)
        account.is_gone = act == "delete"
