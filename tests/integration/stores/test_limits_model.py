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
from auth.ratelimit.reservations import Attempt
from auth.stores.client import RedisStore
from tests.integration.stores.attempts import Trying, end_all, new_context
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


class Taken:
    """One use of some limits; `trying` says what came of it, unless it counts at once."""

    trying: Trying | None = None


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
        self.runner.run(end_all())
        self.runner.run(self.store.aclose())
        self.runner.close()

    @rule(target=attempts, chosen=st.sets(st.integers(0, 2), min_size=1), state=st.sampled_from(["open", "counts"]))
    def reserve(self, chosen, state):
        hits, lists = [self.hits[n] for n in sorted(chosen)], [self.lists[n] for n in sorted(chosen)]
        for one in lists:
            one.forget(self.clock())
        expected = not any(one.is_full for one in lists)
        attempt, is_refused = Taken(), False
        try:
            attempt.trying = self.runner.run(self.take(hits, state))
        except RateLimited:
            is_refused = True
        assert is_refused is not expected
        if expected:
            for one in lists:
                one.taken[attempt] = (self.clock(), state == "open")
        return attempt, lists

    async def take(self, hits, state):
        if state == "open":
            return await Trying.begin(self.limits, *hits)
        await self.limits.reserve(new_context(), *hits)
        return None

    @rule(attempt=consumes(attempts), verdict=st.sampled_from([None, Attempt.succeed, Attempt.cancel]))
    def conclude(self, attempt, verdict):
        """After its time, too: what a later attempt found given up is neither counted nor released twice."""
        attempt, lists = attempt
        if attempt.trying is not None:
            self.runner.run(attempt.trying.end(verdict or (lambda _: None)))
        for one in lists:
            moment, is_open = one.taken.get(attempt, (0, False))
            if is_open and verdict is None:
                one.taken[attempt] = (moment, False)
            elif is_open:
                del one.taken[attempt]

    @rule(seconds=st.sampled_from([0, 1, 3, 5, OPEN_SECONDS - 1, OPEN_SECONDS, 30, 60]))
    def wait(self, seconds):
        self.clock.advance(seconds)

    @invariant()
    def no_list_is_longer_than_its_quota(self):
        assert all(len(one.taken) <= one.quota.limit for one in self.lists)


TestLimits = Machine.TestCase
TestLimits.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
