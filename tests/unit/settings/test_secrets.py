"""Which secrets are fit, and the one that a development server makes for itself."""

import multiprocessing
import secrets

import pytest

from settings.secrets import MIN_BYTES, is_published, kept_in, weakness

WEAK = {
    "missing": "",
    "one character": "x",
    "31 bytes": "aB3$eF6&hI9(kL2)nO5+qR8-tU1=wX4",
    "one character many times": "a" * 64,
    "few characters": "abcdefghijk" * 6,
    "the document's": "your-secret-key-here-0123456789-abcdefghij",
    "an example": "django-insecure-0123456789abcdefghijklmnop",
    "a placeholder in capitals": "CHANGE-ME-0123456789-abcdefghijklmnopqrst",
}


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_secret_is_refused_and_the_remedy_told(name):
    problem = weakness("SECRET_KEY", WEAK[name])

    assert problem is not None
    assert problem.startswith("SECRET_KEY ")
    assert "token_urlsafe" in problem


@pytest.mark.parametrize("name", [name for name, value in WEAK.items() if len(value) > 1])
def test_a_refusal_never_repeats_the_secret(name):
    refusal = weakness("SECRET_KEY", WEAK[name])
    assert refusal
    assert WEAK[name] not in refusal


@pytest.mark.parametrize("make", [lambda: secrets.token_urlsafe(48), lambda: secrets.token_hex(32)])
def test_a_random_secret_is_fit(make):
    assert weakness("SECRET_KEY", make()) is None


def test_length_counts_in_bytes():
    assert weakness("SECRET_KEY", "αβγδεζηθικλμνξοπ") is None
    assert MIN_BYTES == 32


def test_a_random_secret_is_not_taken_for_a_published_one():
    assert not is_published(secrets.token_urlsafe(48))


def test_a_secret_is_made_at_the_first_start(tmp_path):
    assert weakness("SECRET_KEY", kept_in(tmp_path / "data" / "secret.key")) is None


def test_a_second_start_finds_the_first_one_s_secret(tmp_path):
    assert kept_in(tmp_path / "secret.key") == kept_in(tmp_path / "secret.key")


def test_only_its_owner_can_read_the_secret(tmp_path):
    kept_in(tmp_path / "data" / "secret.key")

    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_nothing_else_is_left_behind(tmp_path):
    kept_in(tmp_path / "secret.key")

    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_processes_that_start_together_agree_on_one_secret(tmp_path):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.map(kept_in, [tmp_path / "secret.key"] * 40, chunksize=1)

    assert len(set(found)) == 1
