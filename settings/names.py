"""Misspelled variable names, and those that Kubernetes sets."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

_LINK = re.compile(r"(tcp|udp|sctp)://\S+")  # what Kubernetes and Docker say of a service NAME, as NAME_PORT
_OF_A_LINK = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_NAME = re.compile(r"\w+", re.ASCII)
_NEAR, _NEAR_AMONG_OURS = 0.88, 0.6
"""Of difflib's ratio. A name with a prefix of ours is meant for us; any other must be all but one of ours."""


def service_links(variables: Mapping[str, str], known: Collection[str]) -> set[str]:
    """Settings with a value from Kubernetes, the address of a service of that name: DB_PORT=tcp://10.0.0.12:5432."""
    return {name for name in known if name.endswith("_PORT") and _LINK.fullmatch(variables.get(name, ""))}


def strangers(variables: Mapping[str, str], known: Collection[str]) -> Iterator[str]:
    """One line for each variable that is likely to be meant for us, with the setting that was likely meant."""
    shared = _shared_prefixes(known)
    for name in sorted(filter(_NAME.fullmatch, variables.keys() - set(known))):
        if _OF_A_LINK.fullmatch(name) or _LINK.fullmatch(variables[name]):
            continue
        word = name.upper().partition("_")[0] + "_"
        kin = [setting for setting in known if setting.startswith(word)] if word in shared else []
        if near := _nearest(name, known, _NEAR) or _nearest(name, kin, _NEAR_AMONG_OURS):
            yield f"{name} is not a setting, and is ignored; did you mean {near}?"
        elif kin:
            yield f"{name} is not a setting of this version, and is ignored"


def _nearest(name: str, known: Collection[str], cutoff: float) -> str:
    return "".join(get_close_matches(name.upper(), known, n=1, cutoff=cutoff))


def _shared_prefixes(known: Collection[str]) -> set[str]:
    """First words that several settings share, such as JWT_."""
    prefixes = Counter(name.partition("_")[0] + "_" for name in known if "_" in name)
    return {word for word, count in prefixes.items() if count > 1}
