"""What is said of a password that was refused: how good it is, and what would make it better."""

from typing import Any

from zxcvbn import zxcvbn  # type: ignore[import-untyped]

_LOOKED_AT = 72
"""Characters; the estimate's cost grows faster than the length."""


def advise(password: str, own_words: list[str]) -> dict[str, Any]:
    """`score` from 0 (guessed at once) to 4, a warning and suggestions. Holds no part of the password."""
    found = zxcvbn(password[:_LOOKED_AT], user_inputs=own_words)
    feedback = found["feedback"]
    return {"score": found["score"], "warning": str(feedback["warning"]), "suggestions": list(feedback["suggestions"])}
