"""Whatever is reserved, counted, released or abandoned, and however time goes: the scripts do what a few lines of
Python say."""

import asyncio
import itertools
import os
import uuid
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from auth.core.policies import Policy, Quota
from auth.errors import RateLimited
from auth.ratelimit.hits import Hit
from auth.ratelimit.limiter import OPEN_SECONDS, Limits
from auth.ratelimit.reservations import Outcome, Reservation
from auth.stores.client import RedisStore
from tests.integration.stores.attempts import new_context
from tests.unit.clock import FakeClock

QUOTAS = [Quota(1, 30), Quota(3, 60), Quota(2, 5)]  # the last has a window shorter than a slot may be open


class List:
    """The slots of one limit: when each was taken, and whether its outcome is open."""

    def __init__(self, quota):
        self.quota = quota
        self.taken = {}

    def forget(self, now):
        def lives(moment, is_open):
            return moment > now - (min(self.quota.window, OPEN_SECONDS) if is_open else self.quota.window)

        self.taken = {name: slot for name, slot in self.taken.items() if lives(*slot)}

    @property
    def is_full(self):
        return len(self.taken) >= self.quota.limit


class Machine(RuleBasedStateMachine):
    attempts = Bundle("attempts")

    def __init__(self):
        super().__init__()
        self.clock, self.runner, self.subject = FakeClock(), asyncio.Runner(), str(uuid.uuid4())
        self.store = RedisStore.connect(os.environ["REDIS_URL"], timeout=timedelta(seconds=5), deployment="model")
        self.limits = Limits(self.store, ids=map(str, itertools.count()).__next__, clock=self.clock)
        self.hits = [Hit(Policy(f"model{n}", quota), self.subject) for n, quota in enumerate(QUOTAS)]
        self.lists = [List(quota) for quota in QUOTAS]

    def teardown(self):
        self.runner.run(self.store.aclose())
        self.runner.close()

    @rule(target=attempts, chosen=st.sets(st.integers(0, 2), min_size=1), state=st.sampled_from(["open", "counts"]))
    def reserve(self, chosen, state):
        hits, lists = [self.hits[n] for n in sorted(chosen)], [self.lists[n] for n in sorted(chosen)]
        for one in lists:
            one.forget(self.clock())
        expected = not any(one.is_full for one in lists)
        try:
            reservation = self.runner.run(self.limits._reserve(new_context(), hits, state=state, max_wait=0))
        except RateLimited:
            reservation = Reservation()
        assert bool(reservation.hits) is expected
        if expected:
            for one in lists:
                one.taken[reservation.id] = (self.clock(), state == "open")
        return reservation, lists

    @rule(attempt=consumes(attempts), outcome=st.sampled_from(Outcome))
    def conclude(self, attempt, outcome):
        """After its time, too: what a later attempt found given up is neither counted nor released twice."""
        reservation, lists = attempt
        self.runner.run(self.limits._conclude(new_context(), reservation, outcome))
        for one in lists:
            moment, is_open = one.taken.get(reservation.id, (0, False))
            if is_open and outcome is Outcome.COUNTS:
                one.taken[reservation.id] = (moment, False)
            elif is_open:
                del one.taken[reservation.id]

    @rule(seconds=st.sampled_from([0, 1, 3, 5, OPEN_SECONDS - 1, OPEN_SECONDS, 30, 60]))
    def wait(self, seconds):
        self.clock.advance(seconds)

    @invariant()
    def no_list_is_longer_than_its_quota(self):
        assert all(len(one.taken) <= one.quota.limit for one in self.lists)


TestLimits = Machine.TestCase
TestLimits.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
