"""The accounts of a run and their sessions, made in batches that can be continued."""

from collections.abc import Callable, Iterator, Sequence
from itertools import batched

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Max

from auth.caller import Caller
from auth.config import AuthSettings
from auth.core.database_clock import DatabaseClock
from auth.core.run_names import account_email, account_name
from auth.load import rows
from auth.load.runs import LoadError
from auth.models import LoadAccount, LoadRun, Session, User
from auth.sessions.issue import first_generation

BATCH = 1000
"""Accounts per transaction: SQLite lets no one else write meanwhile."""


class Accounts:
    """Those of one run. They share one hash of one password: hashing takes longer than everything else."""

    def __init__(self, run: LoadRun, settings: AuthSettings, *, password: str, clock: DatabaseClock) -> None:
        self._run = run
        self._settings = settings
        self._clock = clock
        self._hash = self._stored_hash() or make_password(password)
        self._caller = Caller("", f"authgate load test {run.name}")

    def fill(self, advance: Callable[[int], None]) -> None:
        """Make those that are missing; after each batch, `advance` gets its size. Raises LoadError."""
        for numbers in batched(range(self.next_number(), self._run.users), BATCH):
            people = [self._person(number) for number in numbers]
            try:
                self._store(numbers, people)
            except IntegrityError as error:
                first = account_name(self._run.name, numbers[0])
                raise LoadError(
                    f"Another account is named like one of this run, {first} or a later one:"
                    f" remove the run with manage.py load clean {self._run.name}, and choose another name."
                ) from error
            advance(len(numbers))

    def next_number(self) -> int:
        """Batches are stored in order, each in one transaction: whatever is missing follows the last."""
        last = LoadAccount.objects.filter(run=self._run).aggregate(last=Max("number"))["last"]
        return 0 if last is None else last + 1

    def _store(self, numbers: Sequence[int], people: Sequence[User]) -> None:
        with transaction.atomic():
            _require_seeding(self._run)
            rows.insert(people)
            rows.insert(
                [LoadAccount(user=user, run=self._run, number=n) for n, user in zip(numbers, people, strict=True)]
            )
            rows.insert(list(self._sessions(people)))

    def _person(self, number: int) -> User:
        run = self._run.name
        names = {"username": account_name(run, number), "email": account_email(run, number)}
        return User(**names, first_name="Load", last_name="Test", password=self._hash, date_joined=self._clock())

    def _sessions(self, people: Sequence[User]) -> Iterator[Session]:
        now = self._clock()
        for user in people:
            for _ in range(self._run.sessions):
                yield first_generation(self._settings, user, self._caller, created_at=now)

    def _stored_hash(self) -> str | None:
        passwords = User.objects.filter(load_account__run=self._run).values_list("password", flat=True)
        found: str | None = passwords.first()
        return found


def _require_seeding(run: LoadRun) -> None:
    """Locks the run, so that its removal waits for the batch. Raises LoadError if that has begun."""
    seeding = LoadRun.objects.select_for_update().filter(pk=run.pk, state=LoadRun.State.SEEDING)
    if not seeding.values_list("pk"):
        raise LoadError(f"The run {run.name} is being removed: wait, or finish with manage.py load clean {run.name}.")
