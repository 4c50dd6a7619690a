"""The ASGI entry point: `uvicorn asgi:application`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.development")
django.setup(set_prefix=False)

from app.application import Application  # noqa: E402  needs the settings

application = Application()
