"""The names of load tests (pure)."""

RUN_NAME = r"[a-z0-9][a-z0-9-]{0,31}"
"""A regular expression. Names are parts of usernames, e-mail addresses and paths."""
