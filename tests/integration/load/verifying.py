"""A run made by the ORM, with an outcome log of its own."""

import json
import time
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from django.utils.timezone import now

from auth.load.folders import this_deployment
from auth.load.runs import RunFile
from auth.models import LoadAccount, LoadRun, Session, User

START = time.time() - 60
METRICS = "# TYPE authgate_{0}_total counter\nauthgate_{0}_total {1}\n"


@dataclass
class Run:
    """`directory` holds the folder of the run. `log` and `metrics` are written by save()."""

    name: str
    directory: Path
    session: Session
    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sid(self) -> str:
        return self.session.sid

    @property
    def outcomes(self) -> Path:
        return self.directory / self.name / "outcomes"

    def add(self, op: str, at: float, status: int = 200, **values: Any) -> None:
        """A request `at` seconds after the start."""
        self.log.append({"at": START + at, "ms": 5.0, "op": op, "status": status, "sid": self.sid, **values})

    def save(self, *, dropped: int = 0) -> None:
        self.write("driver.jsonl", "".join(f"{json.dumps(line)}\n" for line in self.log))
        counts = {"records_dropped": dropped, "log_lines_dropped": 0}
        self.write("metrics.txt", "".join(METRICS.format(name, count) for name, count in counts.items()))

    def write(self, name: str, text: str) -> None:
        self.outcomes.mkdir(exist_ok=True)
        (self.outcomes / name).write_text(text)

    def honest(self) -> "Run":
        """As a client would have it that refreshes once and looks at its account."""
        Session.objects.filter(pk=self.session.pk).update(generation=1)
        self.add("me", 0, presented=0)
        self.add("refresh", 1, presented=0, gen=1, successor="b", how="rotated", username=f"load-{self.name}-0")
        self.add("me", 2, presented=1)
        self.save()
        return self


def new_run(directory: Path, name: str, *, password: str = "") -> Run:
    """With one account and one session."""
    run = LoadRun.objects.create(name=name, users=1, sessions=1, client_id=f"load-{name}", state="ready")
    user = User(username=f"load-{name}-0", email=f"load-{name}-0@load.invalid")
    user.set_password(password or None)
    user.save()
    LoadAccount.objects.create(user=user, run=run, number=0)
    session = Session.objects.create(user=user, client_id="x", epoch=0, expires_at=now() + timedelta(days=90))
    described = RunFile(
        run=name,
        deployment=this_deployment(),
        issuer="http://testserver",
        base_url="",
        created_at=int(START),
        users=1,
        sessions=1,
        client_id=f"load-{name}",
        client_secret="a secret of no use",
        password="a password of no use",
    )
    folder = directory / name
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(asdict(described)))
    (folder / "pool.jsonl").write_text(json.dumps(_pool_line(session)) + "\n")
    return Run(name, directory, session)


def _pool_line(session: Session) -> dict[str, Any]:
    token = jwt.encode({"jti": "access 0", "gen": 0}, "a key that no server has, of 32 bytes", algorithm="HS256")
    return {"sid": session.sid, "access_token": token, "expires_at": START + 900}


def remove(run: Run) -> None:
    LoadAccount.objects.filter(run__name=run.name).delete()
    LoadRun.objects.filter(name=run.name).delete()
