from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_canonical_addresses")]

    operations = [
        migrations.AddField(
            model_name="securityevent",
            name="merge_key",
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
    ]
