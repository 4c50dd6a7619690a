"""Which deployment a database belongs to: one name for all its workers. Copies: tests/e2e/wire/test_shared_redis.py."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from itertools import count

import pytest
from django.core.management import call_command
from django.db import connections

from auth.maintenance import deployment
from auth.models import Deployment


def ids():
    """Never the same twice, whoever asks."""
    numbers = count()
    return lambda: f"{threading.get_ident()}-{next(numbers)}"


@pytest.fixture(autouse=True)
def _as_it_was():
    before = Deployment.objects.values_list("key", flat=True).first()
    yield
    Deployment.objects.all().delete()
    if before is not None:
        Deployment.objects.create(pk=1, key=before)


def test_it_is_the_same_at_every_start():
    [name] = {deployment.name(ids()) for _ in range(3)}

    assert re.fullmatch(r"[0-9a-f]{16}", name)


def test_first_starts_at_once_agree():
    Deployment.objects.all().delete()
    together = threading.Barrier(8)

    def start(_):
        together.wait(10)
        try:
            return deployment.name(ids())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(start, range(8)))

    assert len(names) == 1
    assert Deployment.objects.count() == 1


def test_a_new_id_is_another_name():
    before = deployment.name(ids())
    deployment.renew(iter(["another", "and another"]).__next__)
    after = deployment.name(ids())

    assert after != before
    assert deployment.name(ids()) == after


def test_the_command_shows_the_name_and_makes_another():
    def run(*options):
        out = StringIO()
        call_command("deployment", *options, stdout=out, stderr=StringIO())
        return out.getvalue().strip()

    before = run()

    assert before == f"authgate:{deployment.name(ids())}:"
    assert run("--new") != before
    assert run() != before


def test_a_row_that_is_missing_is_made_again():
    """As after manage.py flush."""
    Deployment.objects.all().delete()

    assert deployment.name(ids()) == deployment.name(ids())
