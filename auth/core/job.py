"""Work that goes on beside the requests for as long as the process lives (pure)."""

from typing import ClassVar, Literal, Protocol

Thread = Literal["reader", "writer", "cleaner", "mailer"]
"""Each has one connection of the database, and holds up none of the others. All else runs on the event loop."""


class BackgroundJob(Protocol):
    """Add one to `background_jobs` in app/wiring.py; app/lifespan.py runs them all."""

    thread: ClassVar[Thread]
    """Where its database work runs."""

    async def run(self) -> None:
        """Work until cancelled, then do what is left. Outages are logged and waited out: what it raises is a defect."""
