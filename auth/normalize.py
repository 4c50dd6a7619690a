"""One spelling for names and addresses that people take for the same (pure)."""

import unicodedata


def canonical(text: str) -> str:
    """The form in which two names are compared: NFKC, case-folded, NFKC again (UTS #39 §4, Unicode §3.13 D146)."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def is_email(identifier: str) -> bool:
    """Usernames never hold an @, so the two name spaces cannot meet."""
    return "@" in identifier
