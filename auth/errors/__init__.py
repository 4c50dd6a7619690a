"""Every way an authentication request can fail.

`code` is stable and public, `status` is the HTTP status; app/errors.py makes the response. A class with a paragraph
"Client:" in its docstring is a row of docs/errors.md: the first paragraph says when, that one what a client should do.
"""

from auth.errors.accounts import *
from auth.errors.base import BEARER as BEARER
from auth.errors.base import AuthError as AuthError
from auth.errors.base import Delayed as Delayed
from auth.errors.requests import *
