"""What is compared: how each is started, what its tokens look like, and what it is asked."""

import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import jwt

from app.launch.serve import server_command
from bench import payloads, venvs
from bench.peers.common import HOURS, PASSWORD, REVOKED_JTI, SECRET, USERS
from bench.production import ORIGIN

TOKENS = 1024
ME, LOGIN = "/api/auth/me", "/api/auth/login"

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """`venv` names its environment ("": ours), `database` the database it uses, `claims` those of its tokens."""

    name: str
    title: str
    venv: str = ""
    application: str = ""
    server: str = "uvicorn"
    environment: Environment = field(default_factory=dict)
    database: str = ""
    seed: str = ""
    claims: str = "plain"
    revokes: bool = True
    logs_in: bool = True
    form: bool = False
    origin: str = ""
    runs_on: str = ""
    """The target whose server this one asks too, in another way."""

    @property
    def is_ours(self) -> bool:
        return not self.application

    def command(self, port: int, workers: int) -> list[str]:
        if self.is_ours:
            return server_command("127.0.0.1", port, workers)
        python = str(venvs.python(self.venv))
        if self.server == "gunicorn":
            size = ["-b", f"127.0.0.1:{port}", "-w", str(workers), "-k", "gthread", "--threads", "16"]
            return [python, "-m", "gunicorn", self.application, *size, "--keep-alive", "75", "--log-level", "error"]
        place = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
        parts = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        return [python, "-m", "uvicorn", self.application, *place, *parts]

    def me(self, port: int, tokens: Sequence[str]) -> list[bytes]:
        return [payloads.get(port, ME, token=token, origin=self.origin) for token in tokens or [""]]

    def logins(self, port: int) -> list[bytes]:
        domain = "@example.com" if self.form else ""  # fastapi-users logs in by e-mail address
        bodies = ({"username": f"user{n}{domain}", "password": PASSWORD} for n in range(1, USERS + 1))
        return [payloads.post(port, LOGIN, body, form=self.form) for body in bodies]

    def tokens(self) -> list[str]:
        """Of a peer, at last a revoked one if it can revoke; ours come from bench/seed.py."""
        if self.claims == "none":
            return [""]
        good = [self._token(number % USERS + 1, uuid.uuid4().hex) for number in range(TOKENS)]
        return [*good, self._token(1, REVOKED_JTI) if self.revokes else ""]

    def _token(self, user: int, jti: str) -> str:
        now = int(time.time())
        own: dict[str, Mapping[str, object]] = {
            "plain": {"sub": str(user)},
            "simplejwt": {"user_id": str(user), "token_type": "access"},
            "fastapi-users": {"sub": str(uuid.UUID(int=user)), "aud": ["fastapi-users:auth"]},
        }
        claims = {"iat": now, "exp": now + HOURS * 3600, "jti": jti, **own[self.claims]}
        return jwt.encode(claims, SECRET, algorithm="HS256")


_SEED_ACCOUNTS = "bench.peers.accounts"


def _floor(name: str, title: str, **differences: object) -> Target:
    chosen = {"FLOOR": name.removeprefix("floor-")}
    return Target(name, title, application="bench.peers.floors:app", environment=chosen, logs_in=False, **differences)  # type: ignore[arg-type]


def _python(name: str, title: str, module: str, **differences: object) -> Target:
    common = {"venv": "fastapi", "database": "fastapi_peers", "seed": _SEED_ACCOUNTS, **differences}
    return Target(name, title, application=f"bench.peers.{module}:app", **common)  # type: ignore[arg-type]


def _django(name: str, title: str, peer: str, **differences: object) -> Target:
    chosen = {"PEER": peer, "DJANGO_SETTINGS_MODULE": "bench.peers.django_peers.settings"}
    common = {"venv": "django", "database": f"{peer}_peer", "seed": "bench.peers.django_peers.seed", **differences}
    entry = "wsgi" if common.get("server") == "gunicorn" else "asgi"
    application = f"bench.peers.django_peers.{entry}:application"
    return Target(name, title, application=application, environment=chosen, **common)  # type: ignore[arg-type]


OURS = Target("authgate", "Authgate", database="authgate", seed="bench.seed")
ALL: dict[str, Target] = {
    target.name: target
    for target in (
        OURS,
        Target("authgate-cors", "Authgate, asked by a browser (Origin)", origin=ORIGIN, runs_on="authgate"),
        Target(
            "authgate-forgetful",
            "Authgate, each signature verified anew",
            environment={"JWT_VERIFIED_TOKENS": "0"},
            database="authgate",
            seed="bench.seed",
        ),
        _floor("floor-fixed", "floor: fixed bytes, bare ASGI", claims="none"),
        _floor("floor-eval", "floor g: PyJWT + redis-py EVALSHA, bare ASGI"),
        _python("litestar", "Litestar JWTAuth + Redis, no database", "litestar_jwt"),
        _python("fastapi", "FastAPI by hand + PyJWT + Redis, no database", "fastapi_by_hand"),
        _python(
            "fastapi-users",
            "fastapi-users, JWT strategy (cannot revoke)",
            "fastapi_users_jwt",
            claims="fastapi-users",
            revokes=False,
            form=True,
        ),
        _django("drf", "DRF + simplejwt, blacklist on, gunicorn", "drf", server="gunicorn", claims="simplejwt"),
        _django("ninja-jwt", "ninja-jwt AsyncJWTAuth, blacklist on, uvicorn", "ninja_jwt", claims="simplejwt"),
        _django("naive", "naive design: sync Ninja + tables, uvicorn", "naive"),
    )
}


def chosen(names: Sequence[str]) -> list[Target]:
    """The targets of these names in our order, all without names; Authgate always. Raises SystemExit."""
    if unknown := set(names) - ALL.keys():
        sys.exit(f"bench: no target {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    return [target for target in ALL.values() if not names or target.name in names or target is OURS]
