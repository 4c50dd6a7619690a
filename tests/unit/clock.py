"""A clock that stands still until a test moves it."""


class FakeClock:
    """Give it where a constructor takes `clock`."""

    def __init__(self, now: float = 1_900_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
