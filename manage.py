#!/usr/bin/env python
"""Django's command line, with the settings that the server uses."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.development")
    execute_from_command_line(sys.argv)
