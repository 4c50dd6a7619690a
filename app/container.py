"""Become the server of a container: `python -m app.container`. Its stores are elsewhere, and migrated beforehand."""

import os

from django.conf import settings

from app.serve import server_command


def main() -> None:
    """Replaces this process by uvicorn. Ends it when the settings are not fit, with one line for each that is not."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")
    command = server_command(settings.HOST, settings.PORT, settings.WORKERS)
    os.execv(command[0], command)  # noqa: S606  our own command, no shell


if __name__ == "__main__":
    main()
