"""The same two routes, built with other means. Each runs in an environment of its own and imports nothing of ours.

GET /api/auth/me with a bearer token, POST /api/auth/login with a name and a password.
"""
