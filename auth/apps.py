from django.apps import AppConfig


class AuthConfig(AppConfig):
    """The package is `auth`; the label is `accounts`, since django.contrib.auth owns the label `auth`."""

    name = "auth"
    label = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from auth.revocation import model_signals

        model_signals.connect()
