"""Every error that a request can cause.

`code` is stable and public, `status` is the HTTP status; app/errors.py makes the response. A class with a paragraph
"Client:" in its docstring becomes a row of docs/errors.md: the first paragraph says when the error occurs, and that one
what a client should do.
"""

from auth.errors.accounts import *
from auth.errors.base import BEARER as BEARER
from auth.errors.base import AuthError as AuthError
from auth.errors.base import Delayed as Delayed
from auth.errors.requests import *
