from django.db import migrations


class Migration(migrations.Migration):
    """No change of the database: relations use the managers that write the revocation log."""

    dependencies = [("accounts", "0005_merged_events")]

    operations = [
        migrations.AlterModelOptions(
            name="session", options={"base_manager_name": "objects", "ordering": ("-created_at",)}
        ),
        migrations.AlterModelOptions(
            name="user",
            options={"base_manager_name": "objects", "verbose_name": "user", "verbose_name_plural": "users"},
        ),
    ]
