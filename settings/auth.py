"""The domain's settings, from the environment."""

from datetime import timedelta
from pathlib import Path

from auth.config import AuthSettings, TokenMail
from auth.core.policies import LIMITS, Policies, variable_of
from auth.core.setting import settings_of
from auth.core.valkey_socket import socket_url
from settings.env import Environment


def configure(env: Environment, data_dir: Path, secret_key: str) -> AuthSettings:
    """The fields declared in auth/config.py, and those that need several variables."""
    declared = {name: each.convert(getattr(env, each.variable)) for name, each in settings_of(AuthSettings).items()}
    fallbacks = [key.get_secret_value() for key in env.SECRET_KEY_FALLBACKS]
    return AuthSettings(
        **declared,
        issuer=env.JWT_ISSUER,
        algorithm=env.JWT_ALGORITHM,
        keys_dir=data_dir / "keys",
        private_keys=env.JWT_PRIVATE_KEYS.get_secret_value().replace("\\n", "\n").encode(),
        hmac_secrets=tuple(
            secret.get_secret_value().encode() for secret in [env.JWT_SECRET_KEY, *env.JWT_SECRET_KEY_FALLBACKS]
        ),
        refresh_secrets=tuple(secret.encode() for secret in [secret_key, *fallbacks]),
        allowed_origins=frozenset(origin.lower() for origin in env.CORS_ALLOWED_ORIGINS),
        redis_url=redis_url(env, data_dir),
        policies=Policies.of({name: getattr(env, variable_of(name)) for name in LIMITS}),
        workers=env.WORKERS,
        service_clients=env.SERVICE_CLIENTS,
        breach_url=env.PASSWORD_BREACH_URL if env.PASSWORD_BREACH_CHECK else "",
        reset_mail=TokenMail(timedelta(minutes=env.PASSWORD_RESET_EXPIRE_MINUTES), env.PASSWORD_RESET_URL),
        verification_mail=TokenMail(timedelta(hours=env.EMAIL_VERIFICATION_EXPIRE_HOURS), env.EMAIL_VERIFICATION_URL),
    )


def redis_url(env: Environment, data_dir: Path) -> str:
    return env.REDIS_URL.get_secret_value() or socket_url(data_dir)
