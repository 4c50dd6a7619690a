import collections
from hypothesis.stateful import run_state_machine_as_test
from tests.model.machine import Workers
from tests.model.world import opened
from tests.model.test_machine import _SETTINGS


def test_x():
    C = collections.Counter()
    with opened() as mk:
        M = type("Machine", (Workers,), {"make_world": staticmethod(mk)})

        class W(Workers):
            make_world = staticmethod(mk)

        import tests.model.machine as mm

        names = [n for n in vars(Workers) if hasattr(vars(Workers)[n], "hypothesis_stateful_rule")]
        for n in names:
            r = getattr(Workers, n).hypothesis_stateful_rule

            def f(self, _f=r.function, _n=n, **kw):
                C[_n] += 1
                print("STEP", _n, kw, "live" if _n != "register" and self.judge.live() else "")
                return _f(self, **kw)

            object.__setattr__(r, "function", f)
        run_state_machine_as_test(M, settings=_SETTINGS)
    print("COUNT", C, sum(C.values()))
