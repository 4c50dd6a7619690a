"""Something taken back, as a value: an entry of the revocation log on its way to the workers (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """A session (`sid`), a single token (`jti`), or an account raised to `version` and `epoch`."""

    user_id: int
    sid: str = ""
    jti: str = ""
    version: int | None = None
    epoch: int | None = None
