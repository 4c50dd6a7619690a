from tests.model.machine import Workers
from tests.model.world import opened
def test_x():
    with opened() as mk:
        M = type("Machine", (Workers,), {"make_world": staticmethod(mk)})
        state = M()
        state.register(number=1)
        state.pass_long_time(seconds=930.0)
        state.use_all(number=0)
        state.teardown()
