"""Password hashers that a test can count and hold up, for PASSWORD_HASHERS."""

import threading

from django.contrib.auth.hashers import MD5PasswordHasher


class CountingHasher(MD5PasswordHasher):
    """`hashed` holds the length of everything hashed."""

    hashed: list[int] = []

    def encode(self, password, salt):
        self.hashed.append(len(password))
        return super().encode(password, salt)


class GatedHasher(MD5PasswordHasher):
    """No hash is finished before `gate` is open; `begun` is set when one has begun."""

    gate = threading.Event()
    begun = threading.Event()

    def encode(self, password, salt):
        self.begun.set()
        assert self.gate.wait(10), "nobody opened the gate"
        return super().encode(password, salt)
