"""An address with several hosts, as libpq reads it, leads to the one that answers."""

from urllib.parse import quote

import pytest
from django.db.backends.postgresql.base import DatabaseWrapper

from settings.database import from_url


@pytest.mark.parametrize("dead_first", [True, False])
def test_the_host_that_answers_is_used(services, tmp_path, dead_first):
    if services.postgres is None:
        pytest.skip("this run has no Postgres: TEST_DATABASE=sqlite")
    alive, dead = (quote(str(path), safe="") for path in (services.postgres.directory, tmp_path))
    hosts = [dead, alive] if dead_first else [alive, dead]
    found = from_url(f"postgresql://postgres@{hosts[0]},{hosts[1]}/postgres?target_session_attrs=read-write")
    connection = DatabaseWrapper({**DEFAULTS, **found})
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
    finally:
        connection.close()


DEFAULTS = {"TIME_ZONE": None, "AUTOCOMMIT": True, "ATOMIC_REQUESTS": False}
