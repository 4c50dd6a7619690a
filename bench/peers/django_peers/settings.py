"""Django as startproject sets it up, with what each library's documentation adds."""

import os
from datetime import timedelta

from bench.peers.common import DATABASE_HOST, DATABASE_NAME, HOURS, SECRET

PEER = os.environ["PEER"]
_APPS = {
    "drf": ["rest_framework", "rest_framework_simplejwt", "rest_framework_simplejwt.token_blacklist"],
    "ninja_jwt": ["ninja_extra", "ninja_jwt", "ninja_jwt.token_blacklist"],
    "naive": ["bench.peers.django_peers.blacklist"],
}
_CONNECTIONS = {
    "drf": {"CONN_MAX_AGE": None},  # gunicorn's threads live long, and so may their connections
    "ninja_jwt": {"OPTIONS": {"pool": {"min_size": 4, "max_size": 20}}},  # Django's advice for ASGI
    "naive": {},
}

SECRET_KEY = SECRET
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
ROOT_URLCONF = f"bench.peers.django_peers.{PEER}"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    *_APPS[PEER],
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE_NAME,
        "USER": "postgres",
        "HOST": DATABASE_HOST,
        **_CONNECTIONS[PEER],
    }
}
PASSWORD_HASHERS = ["bench.peers.django_peers.hashers.Argon2idHasher"]
SIMPLE_JWT = NINJA_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=HOURS),
    "SIGNING_KEY": SECRET,
    "AUTH_TOKEN_CLASSES": (f"bench.peers.django_peers.{PEER}.RevocableAccessToken",),
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
