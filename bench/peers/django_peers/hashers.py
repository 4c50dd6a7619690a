"""Argon2id at the strength that everybody has here; Django's own is stronger and takes eight threads."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from bench.peers.common import ARGON2


class Argon2idHasher(Argon2PasswordHasher):
    time_cost = ARGON2["time_cost"]
    memory_cost = ARGON2["memory_cost"]
    parallelism = ARGON2["parallelism"]
