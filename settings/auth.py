"""What the domain is told of the environment."""

from datetime import timedelta
from pathlib import Path

from auth.config import AuthSettings, TokenMail
from auth.core.policies import Policies, Policy
from auth.core.valkey_socket import socket_url
from settings.env import Environment


def configure(env: Environment, data_dir: Path, secret_key: str) -> AuthSettings:
    fallbacks = [key.get_secret_value() for key in env.SECRET_KEY_FALLBACKS]
    return AuthSettings(
        issuer=env.JWT_ISSUER,
        audience=env.JWT_AUDIENCE,
        client_id=env.JWT_CLIENT_ID,
        algorithm=env.JWT_ALGORITHM,
        keys_dir=data_dir / "keys",
        private_keys=env.JWT_PRIVATE_KEYS.get_secret_value().replace("\\n", "\n").encode(),
        hmac_secrets=tuple(
            secret.get_secret_value().encode() for secret in [env.JWT_SECRET_KEY, *env.JWT_SECRET_KEY_FALLBACKS]
        ),
        refresh_secrets=tuple(secret.encode() for secret in [secret_key, *fallbacks]),
        access_lifetime=timedelta(minutes=env.JWT_ACCESS_TOKEN_EXPIRE_MINUTES),
        refresh_idle_lifetime=timedelta(days=env.JWT_REFRESH_TOKEN_EXPIRE_DAYS),
        session_lifetime=timedelta(days=env.JWT_SESSION_EXPIRE_DAYS),
        rotation_grace=timedelta(seconds=env.JWT_ROTATION_GRACE_SECONDS),
        lost_answer_retry=timedelta(seconds=env.JWT_LOST_ANSWER_RETRY_SECONDS),
        leeway=timedelta(seconds=env.JWT_LEEWAY_SECONDS),
        email_claim=env.JWT_EMAIL_CLAIM,
        device_claims=env.JWT_DEVICE_CLAIMS,
        claims_hook=env.JWT_CLAIMS_HOOK,
        allowed_origins=frozenset(origin.lower() for origin in env.CORS_ALLOWED_ORIGINS),
        redis_url=redis_url(env, data_dir),
        redis_timeout=timedelta(milliseconds=env.REDIS_TIMEOUT_MS),
        redis_client=env.REDIS_CLIENT,
        verified_tokens=env.JWT_VERIFIED_TOKENS,
        policies=policies(env),
        workers=env.WORKERS,
        hash_threads=env.PASSWORD_HASH_THREADS,
        hash_queue=env.PASSWORD_HASH_QUEUE,
        service_clients=env.SERVICE_CLIENTS,
        feed_readers=env.FEED_READERS,
        verify_cache_seconds=env.VERIFY_CACHE_SECONDS,
        breach_url=env.PASSWORD_BREACH_URL if env.PASSWORD_BREACH_CHECK else "",
        reset_mail=TokenMail(timedelta(minutes=env.PASSWORD_RESET_EXPIRE_MINUTES), env.PASSWORD_RESET_URL),
        verification_mail=TokenMail(timedelta(hours=env.EMAIL_VERIFICATION_EXPIRE_HOURS), env.EMAIL_VERIFICATION_URL),
        verifies_email=env.EMAIL_VERIFICATION == "on",
        retention=timedelta(days=env.HISTORY_RETENTION_DAYS),
    )


def policies(env: Environment) -> Policies:
    return Policies(
        login=Policy("login", env.RATE_LIMIT_LOGIN),
        login_address=Policy("login-address", env.RATE_LIMIT_LOGIN_ADDRESS),
        login_account=Policy("login-account", env.RATE_LIMIT_LOGIN_ACCOUNT),
        register=Policy("register", env.RATE_LIMIT_REGISTER),
        refresh=Policy("refresh", env.RATE_LIMIT_REFRESH),
        refresh_address=Policy("refresh-address", env.RATE_LIMIT_REFRESH_ADDRESS),
        change_password=Policy("change-password", env.RATE_LIMIT_CHANGE_PASSWORD),
        ending=Policy("ending", env.RATE_LIMIT_ENDING),
        mail_address=Policy("mail-address", env.RATE_LIMIT_MAIL_ADDRESS),
        mail_account=Policy("mail-account", env.RATE_LIMIT_MAIL_ACCOUNT),
        mail_confirm=Policy("mail-confirm", env.RATE_LIMIT_MAIL_CONFIRM),
        ws_ticket=Policy("ws-ticket", env.RATE_LIMIT_WS_TICKET),
        api=Policy("api", env.RATE_LIMIT_API),
        introspect=Policy("introspect", env.RATE_LIMIT_INTROSPECT),
        docs=Policy("docs", env.RATE_LIMIT_DOCS),
        trusted_caller=Policy("trusted-caller", env.RATE_LIMIT_TRUSTED_CALLER),
    )


def redis_url(env: Environment, data_dir: Path) -> str:
    return env.REDIS_URL.get_secret_value() or socket_url(data_dir)
