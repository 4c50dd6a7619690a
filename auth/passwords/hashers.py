"""The password hash that new passwords get."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from auth.core.password_rules import normalised


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id, 19 MiB, t=2, p=1 (OWASP Password Storage Cheat Sheet): one core and a known amount of memory a hash."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hashes the normalised password for every caller: createsuperuser, Django's forms, set_password()."""
        return super().encode(normalised(password), salt)
