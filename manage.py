#!/usr/bin/env python
"""Django's command line, with the settings that the server uses."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

if __name__ == "__main__":
    if sys.argv[1:2] == ["runserver"]:
        sys.exit("authgate: runserver does not support ASGI; use make run instead (options: PORT=9000, RELOAD=1)")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.development")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        cause = " ".join(str(error).split())  # libpq's has several lines
        sys.exit(f"authgate: the database cannot be used, check DATABASE_URL: {cause}")
