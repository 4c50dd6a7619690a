"""The state of a session and its account, as a value for the cache (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SessionState:
    """A live session. `profile` is the JSON of the account as shown to its owner.

    `blacklisted` maps the account's revoked jtis to the seconds until they expire.
    """

    user_id: int
    sid: str
    version: int
    epoch: int
    session_epoch: int
    min_generation: int
    profile: str = field(repr=False)
    blacklisted: Mapping[str, float] = field(default_factory=dict)
