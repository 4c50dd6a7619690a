"""Forms of the admin: they know our names, our limits and our password pool."""

import math
import unicodedata
from typing import Any, cast

from asgiref.sync import async_to_sync
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm, UsernameField
from django.core.exceptions import ValidationError
from django.core.handlers.asgi import ASGIRequest
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from auth.errors import InvalidCredentials, RateLimited, ServiceUnavailable
from auth.models import SecurityEvent, User
from auth.normalize import canonical
from auth.password_rules import MAX_LENGTH
from auth.services.login import login_staff


class LoginForm(AdminAuthenticationForm):
    """The admin's login goes through the API's door: the same limits, the same password pool, the same records."""

    username = UsernameField(label="Username or e-mail", max_length=254, widget=forms.TextInput({"autofocus": True}))
    password = forms.CharField(
        strip=False, max_length=MAX_LENGTH, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        identifier, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not identifier or not password:
            return self.cleaned_data
        # Runs on the server's own event loop, to which Redis' connections belong, while this thread waits.
        state = cast(ASGIRequest, self.request).scope["state"]
        try:
            self.user_cache = async_to_sync(login_staff)(
                state["runtime"], identifier=identifier, password=password, caller=state["caller"]
            )
        except InvalidCredentials:
            raise self.get_invalid_login_error() from None
        except RateLimited as error:
            wait = max(1, math.ceil(error.retry_after))
            raise ValidationError(f"Too many failed logins. Wait {wait} seconds, then try again.") from None
        except ServiceUnavailable:
            raise ValidationError("Nobody can log in now: Redis is away or the server is full. Try again.") from None
        return self.cleaned_data


class OwnPasswordForm(AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  Django's signature
        with transaction.atomic():
            SecurityEvent.objects.create(user_id=self.user.pk, event_type=SecurityEvent.Type.PASSWORD_CHANGE)
            return super().save(commit)


class NfkcEmailField(forms.EmailField):
    """Normalised before its length is checked: some characters grow."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "")


class _Unique(forms.ModelForm):  # type: ignore[type-arg]
    """Says at the field what the database would refuse: a name or an address of another account, in any spelling."""

    def clean_username(self) -> str:
        return self._free("username", "username")

    def clean_email(self) -> str:
        return self._free("email", "e-mail address")

    def _free(self, name: str, label: str) -> str:
        value: str = self.cleaned_data[name]
        others = User.objects.filter(**{f"{name}_key": canonical(value)}).exclude(pk=self.instance.pk)
        if value and others.exists():
            raise ValidationError(f"Another account has this {label}, perhaps in another spelling. Choose another.")
        return value


class UserForm(_Unique, UserChangeForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007  the page names its fields
        field_classes = {"username": UsernameField, "email": NfkcEmailField}


class NewUserForm(_Unique, AdminUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField, "email": NfkcEmailField}
