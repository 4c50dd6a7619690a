"""Hashes of the kinds that an import may bring."""

from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    PBKDF2PasswordHasher,
    ScryptPasswordHasher,
)

from tests.conftest import PASSWORD


def pbkdf2(iterations):
    return PBKDF2PasswordHasher().encode(PASSWORD, "a-salt-of-sixteen-characters", iterations)


def argon2(memory):
    hasher = Argon2PasswordHasher()
    hasher.memory_cost, hasher.time_cost, hasher.parallelism = memory, 1, 1
    return hasher.encode(PASSWORD, "a-salt-of-sixteen-characters")


def scrypt(work_factor):
    return ScryptPasswordHasher().encode(PASSWORD, "salt", work_factor)
