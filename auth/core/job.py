"""Background jobs, which run for the life of the process (pure)."""

from typing import ClassVar, Literal, Protocol

Thread = Literal["reader", "writer", "cleaner", "mailer"]
"""Each has its own database connection, and delays none of the others. All else runs on the event loop."""


class BackgroundJob(Protocol):
    """Add one to `background_jobs` in app/wiring.py; app/lifespan.py runs them all."""

    thread: ClassVar[Thread]
    """Where its database work runs."""

    async def run(self) -> None:
        """Work until cancelled, then finish what is left. Outages are logged and survived: an exception is a defect."""
