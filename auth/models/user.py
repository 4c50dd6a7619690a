"""The account. Changes that concern live tokens are logged in one transaction."""

import unicodedata
from collections.abc import Collection, Iterable
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, RegexValidator
from django.db import models, transaction
from django.db.models import Case, F, When
from django.db.models.sql.constants import LOUTER
from django.utils.crypto import salted_hmac

from auth.core.canonical import ascii_address, canonical, is_email
from auth.core.password_rules import spellings
from auth.models.fields import CanonicalField
from auth.models.revocation import Revocation

username_validator = RegexValidator(
    r"\A[\w.+-]+\Z", "Use letters, digits and the characters . + - _ only.", code="invalid_username"
)
_no_address = EmailValidator("is not an e-mail address")
_MAX_LOCAL_PART, _MAX_ADDRESS = 64, 254
"""Octets (RFC 5321 §4.5.3.1, with the brackets of a path taken off)."""


def address_validator(address: str) -> None:
    """Refuse undeliverable addresses: besides Django's rules, impossible domains, and addresses that are too long.

    Also invisible characters (Unicode's categories C): domains are looked up without them.
    """
    if any(unicodedata.category(sign).startswith("C") for sign in address):
        raise ValidationError("must not contain control or invisible characters", code="invalid")
    if len(address.rpartition("@")[0].encode()) > _MAX_LOCAL_PART:
        raise ValidationError(f"may have at most {_MAX_LOCAL_PART} octets before the @", code="invalid")
    try:
        encoded = ascii_address(address)
    except ValueError as error:
        raise ValidationError("has a domain that cannot exist", code="invalid") from error
    _no_address(encoded)
    if len(encoded) > _MAX_ADDRESS:
        raise ValidationError(f"may have at most {_MAX_ADDRESS} octets", code="invalid")


SHOWN = frozenset({"username", "email", "first_name", "last_name", "is_staff", "is_superuser"})
"""A change of these makes every cached copy of the account stale."""
ENDING = frozenset({"password", "is_active"})
"""A change of these ends every session of the account as well."""


class UserQuerySet(models.QuerySet["User"]):
    def identified_by(self, identifier: str) -> Self:
        """The account with this username, or this e-mail address, in any spelling."""
        key = canonical(identifier)
        return self.filter(**{"email_key" if is_email(key) else "username_key": key})

    def update(self, **values: Any) -> int:
        """Like Django's, but changes that concern live tokens take effect on them within a second."""
        touched = values.keys() & (SHOWN | ENDING)
        if not touched:
            return super().update(**values)
        if self.query.is_sliced:
            raise TypeError("Cannot update a query once a slice has been taken.")
        with transaction.atomic():
            keys = self._locked()
            chosen = UserQuerySet(self.model, using=self.db).filter(pk__in=keys)
            named = self.order_by().filter(pk__in=keys) if self.query.annotations else chosen
            rows = models.QuerySet.update(named, **_with_keys(values))
            chosen._derive_keys(_expressions(values))
            chosen.record_change(ends_sessions=bool(touched & ENDING))
        return rows

    update.alters_data = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable["User"], *args: Any, **options: Any) -> list["User"]:
        """As Django's. Raises TypeError for update_conflicts, which changes rows past the revocation log."""
        if options.get("update_conflicts") or any(args[2:3]):
            raise TypeError("bulk_create(update_conflicts=True) would not revoke live tokens: use update() or save().")
        return super().bulk_create(objs, *args, **options)

    def _locked(self) -> list[int]:
        """The keys of the rows, which stay as they are until the transaction ends."""
        rows = self.order_by()
        if _is_plain(rows.query):
            return list(rows.select_for_update().values_list("pk", flat=True))
        # No database locks the rows of a DISTINCT, a GROUP BY or an outer join: lock them first, then choose again.
        candidates = UserQuerySet(self.model, using=self.db).filter(pk__in=list(rows.values_list("pk", flat=True)))
        locked = list(candidates.select_for_update().values_list("pk", flat=True))
        return list({*rows.filter(pk__in=locked).values_list("pk", flat=True)})

    def _derive_keys(self, names: Collection[str]) -> None:
        """Of columns that were set by expressions, which only the database can work out."""
        for row in self.values("pk", *names) if names else ():
            keys = {f"{name}_key": canonical(row[name]) or None for name in names}
            models.QuerySet.update(self.filter(pk=row["pk"]), **keys)

    def rehash(self, *, old: str, new: str) -> int:
        """Replace a password hash with a stronger one of the same password: no session ends."""
        return models.QuerySet.update(self.filter(password=old), password=new)

    def record_change(self, *, ends_sessions: bool, reason: str = "account_changed", kept: str = "") -> None:
        """Raise version (and epoch) and log it for every worker. Call inside a transaction.

        `kept` is a session that the caller moves to the new epoch.
        """
        step = int(ends_sessions)
        models.QuerySet.update(self, version=F("version") + 1, epoch=F("epoch") + step)
        Revocation.objects.bulk_create(
            Revocation(user_id=pk, version=version, epoch=epoch, ends_sessions=ends_sessions, kept=kept, reason=reason)
            for pk, version, epoch in self.values_list("pk", "version", "epoch")
        )


def _with_keys(values: dict[str, Any]) -> dict[str, Any]:
    """The canonical columns follow their sources in bulk updates too, and an address counts as verified no longer."""
    plain = {"username", "email"} & values.keys() - _expressions(values)
    keys = {f"{name}_key": canonical(values[name]) or None for name in plain}
    return {**values, **keys, **(_still_verified(values) if "email" in values else {})}


def _expressions(values: dict[str, Any]) -> set[str]:
    return {name for name in ("username", "email") if hasattr(values.get(name), "resolve_expression")}


def _is_plain(query: Any) -> bool:
    joins = [join for join in query.alias_map.values() if getattr(join, "join_type", None) == LOUTER]
    return not (joins or query.distinct or query.group_by is not None or query.combinator)


def _still_verified(values: dict[str, Any]) -> dict[str, Any]:
    """Proof of reading one address does not carry over to another."""
    kept = values.get("email_verified_at", F("email_verified_at"))
    return {"email_verified_at": Case(When(email=values["email"], then=kept), default=None)}


class Accounts(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> "User":
        found: User = self.identified_by(username or "").get()
        return found


class User(AbstractUser):
    """An account.

    `version` counts changes of name, e-mail address or rights, `epoch` those that end all sessions. Both only grow.
    `email_verified_at` is cleared by every change of `email`, whatever sets it beside that; save() writes it only when
    it is named in update_fields, since a stale copy must not bring it back.
    """

    username = models.CharField(max_length=150, unique=True, validators=[username_validator])
    username_key = CanonicalField(max_length=450, unique=True, source="username")
    email = models.EmailField(max_length=254, blank=True, validators=[address_validator])
    email_key = CanonicalField(max_length=762, unique=True, null=True, source="email")
    email_verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    epoch = models.PositiveBigIntegerField(default=0, editable=False)

    objects: ClassVar[Accounts] = Accounts()
    _before_raw_save: dict[str, Any] | None = None

    USERNAME_FIELD = "username"

    class Meta(AbstractUser.Meta):
        db_table = "users"
        swappable = "AUTH_USER_MODEL"
        base_manager_name = "objects"

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """As Django's; a change that concerns live tokens is recorded with it."""
        with transaction.atomic():
            before = None if self._state.adding else self._stored()
            super().save(*args, update_fields=self._writable(update_fields), **kwargs)
            if before is not None:
                self._record(before)

    def check_password(self, raw_password: str | None) -> bool:
        """As Django's, in either spelling: a hash may be older than the rule that passwords are normalised."""
        return any(map(super().check_password, spellings(raw_password or "")))

    def prepare_raw_save(self) -> None:
        """Before a save that writes the row as it is (`loaddata`): derives the keys, and sets no counter back."""
        self.username_key = canonical(self.username)
        self.email_key = canonical(self.email) or None
        stored = User.objects.filter(pk=self.pk).values(*SHOWN, *ENDING, "version", "epoch").first()
        self._before_raw_save = stored
        if stored is not None:
            self.version, self.epoch = stored["version"], stored["epoch"]

    def record_raw_save(self) -> None:
        """After it: records what concerns live tokens."""
        if self._before_raw_save is not None:
            with transaction.atomic():
                self._record(self._before_raw_save)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What ends every session of the account logs it out of the admin too; Django's follows the password alone."""
        return salted_hmac("accounts.User.epoch", str(self.epoch), secret=secret, algorithm="sha256").hexdigest()

    def _writable(self, names: Iterable[str] | None) -> Iterable[str] | None:
        """The counters are raised in the database alone: a stale copy must not set them back."""
        if names is None and self._state.adding:
            return None
        every = {f.name for f in self._meta.concrete_fields if not f.primary_key} - {"email_verified_at"}
        wanted = every if names is None else set(names)
        followers = {f"{name}_key" for name in ("username", "email") if name in wanted}
        return (wanted | followers) - {"version", "epoch"}

    def _stored(self) -> dict[str, Any] | None:
        """Locks the row, so that the compared row is the one that is overwritten."""
        row = User.objects.select_for_update(no_key=True).filter(pk=self.pk)
        stored: dict[str, Any] | None = row.values(*SHOWN, *ENDING).first()
        return stored

    def _record(self, before: dict[str, Any]) -> None:
        after = self._stored() or {}
        changed = {name for name, value in after.items() if value != before[name]}
        row = User.objects.filter(pk=self.pk)
        if "email" in changed:
            row.update(email_verified_at=None)
        if changed:
            row.record_change(ends_sessions=bool(changed & ENDING))
            self.refresh_from_db(fields=["version", "epoch", "email_verified_at"])
