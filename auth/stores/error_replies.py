"""Error replies of Redis: which are about the server, not the command."""

SERVER_CODES = frozenset(
    {
        "READONLY",  # a replica: there was a failover
        "MASTERDOWN",  # a replica that has lost its primary
        "NOREPLICAS",  # a primary that has lost its replicas: perhaps there is another by now
        "CLUSTERDOWN",
        "LOADING",
        "BUSY",
        "NOAUTH",
        "NOPERM",
        "OOM",
        "MISCONF",
    }
)
"""Whatever is asked next is answered alike, until somebody mends the server or the name leads to another one."""

_DENIED_WITHIN_SCRIPTS = ("ERR ACL failure in script", "ERR The user executing the script")
"""NOPERM, as Valkey and Redis 7 say it of a command within a script."""


def code_of(text: str) -> str:
    """The word that an error reply begins with. The rest may repeat what was sent: it is for nobody's log."""
    return "NOPERM" if text.startswith(_DENIED_WITHIN_SCRIPTS) else text.partition(" ")[0]
