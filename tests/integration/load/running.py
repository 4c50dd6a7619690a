"""`manage.py load` in this process."""

from io import StringIO

from asgiref.sync import sync_to_async
from django.core.management import call_command


@sync_to_async
def load(*arguments):
    """What it prints."""
    out = StringIO()
    call_command("load", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()
