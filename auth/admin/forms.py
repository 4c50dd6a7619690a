"""Forms of the admin: they know our names, our limits and our password pool."""

import unicodedata
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm, UsernameField
from django.core.exceptions import ValidationError
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from auth.caller import Caller
from auth.core.canonical import canonical
from auth.core.password_rules import MAX_LENGTH
from auth.errors import AuthError, InsufficientAuthorization, RateLimited, ServiceUnavailable
from auth.models import SecurityEvent, User
from auth.sessions.stages import Admission


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of the password that a page was sent, before its form is looked at (auth/admin/views.py)."""

    caller: Caller
    outcome: Admission | User | AuthError
    """Django only logs in the account of an Admission, which has passed the login stages."""


JUDGED: ContextVar[Judgement] = ContextVar("JUDGED")
"""Belongs to the current request. Without it, no password is correct."""


_USERNAME = UsernameField(label="Username or e-mail", max_length=254, widget=forms.TextInput({"autofocus": True}))
_PASSWORD = forms.CharField(
    strip=False, max_length=MAX_LENGTH, widget=forms.PasswordInput({"autocomplete": "current-password"})
)


class CredentialsForm(forms.Form):
    """The input of the login page, before it is checked."""

    username = _USERNAME
    password = _PASSWORD


class LoginForm(AdminAuthenticationForm):
    """The admin's login goes through the API's door: the same limits, the same password pool, the same records."""

    username = _USERNAME
    password = _PASSWORD

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("username") and self.cleaned_data.get("password"):
            self.user_cache = _judged(Admission, refusal=self.get_invalid_login_error()).user
        return self.cleaned_data


class OwnPasswordForm(AdminPasswordChangeForm):
    """The old password is checked under the API's limit, and the result is recorded."""

    @sensitive_variables()
    def clean_old_password(self) -> str:
        refusal = ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        if _judged(User, refusal=refusal).pk != self.user.pk:
            raise refusal
        return str(self.cleaned_data["old_password"])

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  Django's signature
        caller = JUDGED.get().caller
        with transaction.atomic():
            SecurityEvent.objects.create(
                user_id=self.user.pk,
                event_type=SecurityEvent.Type.PASSWORD_CHANGE,
                ip_address=caller.address or None,
                user_agent=caller.user_agent,
            )
            return super().save(commit)


def _judged[T](kind: type[T], *, refusal: ValidationError) -> T:
    """What came of the password. Raises ValidationError: `refusal` for a wrong one."""
    judgement = JUDGED.get(None)
    outcome = judgement.outcome if judgement else None
    if isinstance(outcome, kind):
        return outcome
    match outcome:
        case RateLimited(wait=wait):
            raise ValidationError(f"Too many wrong passwords. Wait {wait} seconds, then try again.")
        case ServiceUnavailable():
            raise ValidationError(
                "Passwords cannot be checked now: Redis is unavailable or the server is busy. Try again."
            )
        case InsufficientAuthorization():
            raise ValidationError("This account requires another step to log in, which this page does not support.")
    raise refusal


class NfkcEmailField(forms.EmailField):
    """Normalised before its length is checked: some characters grow."""

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFKC", super().to_python(value) or "")


class _Unique(forms.ModelForm):  # type: ignore[type-arg]
    """Reports at the field what the database would refuse: a name or an address of another account, in any spelling."""

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
