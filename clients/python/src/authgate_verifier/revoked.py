"""Revocations, held as long as a token concerned can be alive."""

from collections.abc import Callable

from authgate_verifier.claims import Claims
from authgate_verifier.revocation import Revocation

MARGIN = 60
"""Seconds that entries are held beyond their end, for a clock of ours that runs ahead or is set back."""


class Revoked:
    def __init__(self) -> None:
        self._sessions: dict[str, Revocation] = {}
        self._tokens: dict[str, Revocation] = {}
        self._accounts: dict[str, set[Revocation]] = {}
        self._rights: dict[str, Revocation] = {}

    def add(self, entry: Revocation) -> bool:
        """Whether it was new: a snapshot repeats what is known.

        A later entry of an account never replaces an earlier one, because it may spare a session that the earlier
        one did not.
        """
        if entry.session is not None:
            return _keep(self._sessions, entry.session, entry)
        if entry.token_id is not None:
            return _keep(self._tokens, entry.token_id, entry)
        if entry.claims_only:
            return _keep(self._rights, entry.subject, entry, wins=_is_higher)
        entries = self._accounts.setdefault(entry.subject, set())
        is_new = entry not in entries
        entries.add(entry)
        return is_new

    def ends(self, claims: Claims) -> bool:
        """Whether the token of these claims is over."""
        if claims.session in self._sessions or claims.token_id in self._tokens:
            return True
        return any(_ends(entry, claims) for entry in self._accounts.get(claims.subject, ()))

    def believes_rights(self, claims: Claims) -> bool:
        entry = self._rights.get(claims.subject)
        if entry is None:
            return True
        if claims.version is None or entry.version is None:
            return claims.issued_at > entry.before
        return claims.version >= entry.version

    def forget(self, now: float) -> None:
        """`now` in Unix seconds."""
        for entries in (self._sessions, self._tokens, self._rights):
            for key in [key for key, entry in entries.items() if _is_past(entry, now)]:
                del entries[key]
        for subject in list(self._accounts):
            self._accounts[subject] = {entry for entry in self._accounts[subject] if not _is_past(entry, now)}
            if not self._accounts[subject]:
                del self._accounts[subject]

    def __len__(self) -> int:
        accounts = sum(map(len, self._accounts.values()))
        return len(self._sessions) + len(self._tokens) + len(self._rights) + accounts


def _is_later(entry: Revocation, held: Revocation) -> bool:
    return entry.before > held.before


def _is_higher(entry: Revocation, held: Revocation) -> bool:
    """By version where both have one: it never falls, but the clock of the database can be set back."""
    if entry.version is None or held.version is None:
        return _is_later(entry, held)
    return entry.version > held.version


def _keep(
    entries: dict[str, Revocation],
    key: str,
    entry: Revocation,
    *,
    wins: Callable[[Revocation, Revocation], bool] = _is_later,
) -> bool:
    held = entries.get(key)
    if held is not None and not wins(entry, held):
        return False
    entries[key] = entry
    return True


def _ends(entry: Revocation, claims: Claims) -> bool:
    if entry.epoch is None or entry.spares == claims.session:
        return False
    return claims.issued_at < entry.before if claims.epoch is None else claims.epoch < entry.epoch


def _is_past(entry: Revocation, now: float) -> bool:
    return entry.expires_at + MARGIN < now
