"""Every variable that an operator may set, by section of docs/configuration.md.

Settings of the domain are declared in auth/config.py, limits in auth/core/policies.py, and all others here.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, create_model

from auth import config
from auth.core.policies import LIMITS, Quota, variable_of
from auth.core.setting import settings_of
from settings.sections.accounts import Passwords, Tokens
from settings.sections.outside import Browsers, Email, Services
from settings.sections.serving import ServerSecrets, Serving, Stores


def _quota(value: Any) -> Any:
    return Quota.parse(value) if isinstance(value, str) else value


def _declared(group: type) -> type[BaseModel]:
    """The variables of a group of auth/config.py."""
    settings = settings_of(group).values()
    fields = {each.variable: (each.kind, Field(each.default, description=each.meaning)) for each in settings}
    return create_model(group.__name__, **fields)  # type: ignore[call-overload,no-any-return]  # pydantic types no such dict


def _limits() -> type[BaseModel]:
    kind = Annotated[Quota | None, BeforeValidator(_quota)]
    fields = {
        variable_of(name): (kind, Field(limit.default, description=limit.meaning)) for name, limit in LIMITS.items()
    }
    return create_model("Limits", **fields)  # type: ignore[call-overload,no-any-return]


SECTIONS: Mapping[str, tuple[type[BaseModel], ...]] = {
    "Serving": (Serving,),
    "Secrets": (ServerSecrets,),
    "Stores": (Stores, _declared(config.RedisSettings)),
    "Tokens and sessions": (Tokens, _declared(config.TokenSettings)),
    "Passwords": (Passwords, _declared(config.PasswordSettings)),
    "Limits": (_limits(),),
    "Browsers": (Browsers,),
    "E-mail": (Email, _declared(config.MailSettings)),
    "Services": (Services, _declared(config.ServiceSettings)),
    "Keeping": (_declared(config.HistorySettings),),
    "Load tests": (_declared(config.LoadSettings),),
}
_Derived: Any = create_model("Derived", __base__=tuple(models[-1] for models in SECTIONS.values()))


class Environment(_Derived, Serving, ServerSecrets, Stores, Tokens, Passwords, Browsers, Email, Services):  # type: ignore[misc]
    """One field per variable; those of the domain and the limits are only known at run time."""
