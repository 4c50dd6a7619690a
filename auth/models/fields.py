"""Columns whose value follows another one."""

from typing import Any

from django.db import models

from auth.core.canonical import canonical


class CanonicalField(models.CharField):  # type: ignore[type-arg]
    """The canonical form of a sibling column, kept in step at every save; empty becomes NULL.

    With unique=True the database itself refuses two spellings of one name.
    """

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        self.source = source
        super().__init__(*args, **{"editable": False, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:  # noqa: FBT001  Django's signature
        value = canonical(getattr(model_instance, self.source)) or None
        setattr(model_instance, self.attname, value)
        return value
