"""Who sends a request, and what becomes known of it on its way (pure)."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from auth.core.policies import Usage

MAX_USER_AGENT = 256


class Caller(NamedTuple):
    """Who sends a request. `address` is "" when it is not known (a Unix socket without a proxy in front)."""

    address: str
    user_agent: str
    client_id: str = ""
    """The service client that the call proved to come from, by Authgate-Client."""

    @property
    def network(self) -> str:
        """What counts as one address for limits: IPv4 whole, IPv6 by /64, since a customer gets a /64 or more."""
        if ":" not in self.address:
            return self.address
        return str(ipaddress.ip_network((self.address, 64), strict=False).network_address) + "/64"


@dataclass(slots=True)
class RequestContext:
    """What the use cases are told of a request, and note of it for the access log and the RateLimit fields."""

    caller: Caller
    """Another takes its place once a service client is recognised: the same, with its `client_id`."""
    user_id: int | None = None
    """Set once a token or a password has been verified, or an account was made."""
    usages: list[Usage] = field(default_factory=list)
    """How the limits stand that this request has met; what the RateLimit fields report."""


def address_of(peer: str, forwarded: Sequence[str], *, trusted_proxies: int) -> str:
    """The address of the client, of which `trusted_proxies` hops in front of us each append the one they saw.

    Counted from the right: what stands further left was written by the client and proves nothing. `forwarded` are
    the X-Forwarded-For fields in order. Anything that is no address counts as a hop all the same, and yields the next
    hop towards us that is one.
    """
    hops = [part for field in forwarded for part in field.split(",")] if trusted_proxies else []
    seen = [_parse(text.strip()) for text in [*hops, peer][-trusted_proxies - 1 :]]
    return next((address for address in seen if address), "")


def _parse(text: str) -> str | None:
    bare = text.split("%", 1)[0].removeprefix("[").split("]", 1)[0]
    if bare.count(":") == 1:  # IPv4 with a port
        bare = bare.split(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
