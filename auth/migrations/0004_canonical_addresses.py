"""Gives every e-mail address the canonical form of auth/core/canonical.py, which knows international domains and quotes.

Addresses that were two and are one now: one account keeps the form, and with it the login by e-mail; the others keep
everything else. docs/upgrading.md says what to do about them, and manage.py doctor names them until it is done.
"""

from itertools import batched, groupby
from operator import itemgetter

import structlog
from django.db import migrations, models

import auth.models.user
from auth.core.canonical import canonical

log = structlog.get_logger("authgate.migrations")


def rewrite(apps, schema_editor):
    rows = models.QuerySet(apps.get_model("accounts", "User"), using=schema_editor.connection.alias)
    stale = list(outdated(rows))
    for batch in batched(stale, 500):  # first all are taken away: one's new form may be another's old one
        rows.filter(pk__in=[pk for _, _, pk in batch]).update(email_key=None)
    for key, claims in groupby(sorted(stale), key=itemgetter(0)):
        settle(rows, key, list(claims))


def outdated(rows):
    """(new form, whether the address is unverified, primary key) of each row whose form is another now."""
    columns = rows.exclude(email_key=None).values_list("pk", "email", "email_key", "email_verified_at")
    for pk, email, stored, verified in columns.iterator(chunk_size=2000):
        if (key := canonical(email)) != stored:
            yield key, verified is None, pk


def settle(rows, key, claims):
    """Who has proved to read the mailbox comes first, then who has been there longest."""
    present = rows.filter(email_key=key).values_list("email_verified_at", "pk")
    claims += [(key, verified is None, pk) for verified, pk in present]
    holder, *others = [pk for _, _, pk in sorted(claims)]
    if others:
        log.warning("address_collision", holder=holder, without=others)
        rows.filter(pk__in=others).update(email_key=None)
    rows.filter(pk=holder).update(email_key=key)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_email_verified'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, max_length=254, validators=[auth.models.user.address_validator]),
        ),
        migrations.RunPython(rewrite, migrations.RunPython.noop),
    ]
