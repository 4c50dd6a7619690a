"""Django's mail settings, and the lifetimes of e-mailed tokens."""

from pathlib import Path
from typing import Any

from settings.env import Environment

TIMEOUT_SECONDS = 10
"""Timeout of each step with the mail server, after which a hanging one no longer delays other messages."""


def configure(env: Environment, data_dir: Path) -> dict[str, Any]:
    return {
        "DEFAULT_FROM_EMAIL": env.DEFAULT_FROM_EMAIL,
        "MAILERS": {"default": {"BACKEND": env.EMAIL_BACKEND, "OPTIONS": _options(env, data_dir)}},
        # Each kind of token also has its own, shorter lifetime.
        "PASSWORD_RESET_TIMEOUT": max(
            env.PASSWORD_RESET_EXPIRE_MINUTES * 60, env.EMAIL_VERIFICATION_EXPIRE_HOURS * 3600
        ),
    }


def _options(env: Environment, data_dir: Path) -> dict[str, Any]:
    """Django's backends refuse options that are not theirs."""
    if "filebased" in env.EMAIL_BACKEND:
        return {"file_path": str(data_dir / env.EMAIL_FILE_PATH)}
    if "smtp" not in env.EMAIL_BACKEND:
        return {}
    return {
        "host": env.EMAIL_HOST,
        "port": env.EMAIL_PORT,
        "use_tls": env.EMAIL_USE_TLS,
        "username": env.EMAIL_HOST_USER,
        "password": env.EMAIL_HOST_PASSWORD.get_secret_value(),
        "timeout": TIMEOUT_SECONDS,
    }
