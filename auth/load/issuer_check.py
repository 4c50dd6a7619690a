"""Whether a server accepts the tokens that these settings sign."""

import httpx

from auth.load.runs import LoadError

_METADATA = "/.well-known/oauth-authorization-server"
"""RFC 8414 §3."""


def require_issuer(base_url: str, issuer: str) -> None:
    """Raises LoadError when the server cannot be asked, or issues its tokens under another name."""
    url = base_url.rstrip("/") + _METADATA
    try:
        response = httpx.get(url, timeout=10)
        found = response.json()["issuer"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        raise LoadError(
            f"{url} is not the metadata of an Authgate server: start it, or leave out --base-url."
        ) from error
    if found != issuer:
        raise LoadError(
            f"The server at {base_url} is the issuer {found}, these settings are {issuer}: run the command with the"
            " server's environment (PORT, JWT_ISSUER)."
        )
