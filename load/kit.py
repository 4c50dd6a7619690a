"""What the load kit's Python drivers share: the plan, the sessions of a run, and the outcome log. Needs no package."""

import base64
import fcntl
import json
import os
from collections import Counter, deque
from itertools import islice
from pathlib import Path
from urllib.parse import quote_plus

SCENARIOS = {
    "mix": {},
    "ramp": {},
    "login-storm": {"MIX": "login=1", "PACE": "0"},
    "expiry-herd": {"MIX": "refresh=1 me=1", "EVERY": "10"},
    "reconnect-storm": {"MIX": "ws=1", "EVERY": "10"},
}
"""What each scenario sets; the environment overrides it. EVERY: all users act in the same second, every so often."""

SCENARIO = os.environ.get("SCENARIO", "mix")
if SCENARIO not in SCENARIOS:
    raise SystemExit(f"load: SCENARIO is {SCENARIO}; it may be {', '.join(SCENARIOS)}")
ENV = SCENARIOS[SCENARIO] | os.environ
RUN = Path(ENV.get("RUN", "."))
PLAN = json.loads(Path(ENV.get("PLAN", Path(__file__).with_name("plan.json"))).read_text())
MIX = {op: float(share) for op, _, share in (part.partition("=") for part in ENV.get("MIX", PLAN["mix"]).split())}
PACE, EVERY = float(ENV.get("PACE", "1")), float(ENV.get("EVERY", "0"))
OWN_FILE = 0o600

if unknown := MIX.keys() - {"login", "logout", "refresh", "me", "ws"}:
    raise SystemExit(f"load: MIX names {', '.join(sorted(unknown))}; it may name login, logout, refresh, me and ws")


def claims_of(token):
    """The claims of a JWT. Whether it is valid is for the server to judge."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def newer(stored, line):
    """What was stored, unless the pool was written again since, with later tokens of the same session."""
    if stored is None:
        return {}
    ours, pools = claims_of(stored["refresh_token"]), claims_of(line["refresh_token"])
    is_outdated = ours["sid"] == pools["sid"] and (ours["gen"], stored["expires_at"]) < (
        pools["gen"],
        line["expires_at"],
    )
    return {} if is_outdated else stored


class Session:
    """The newest tokens of a line of the pool, in a file of its own, which this process has locked."""

    def __init__(self, descriptor, tokens):
        self._file, self.tokens = descriptor, tokens

    def __getattr__(self, name):
        return self.tokens[name]

    @classmethod
    def lock(cls, folder, line):
        """None if another process has it. A run that continues finds the tokens that the last one stored."""
        descriptor = os.open(folder / f"{line['sid']}.json", os.O_RDWR | os.O_CREAT, OWN_FILE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        stored, _, _ = os.pread(descriptor, 65536, 0).partition(b"\n")
        return cls(descriptor, line | {"needs_login": False} | newer(json.loads(stored or b"null"), line))

    def store(self, **changes):
        """Before anything uses them: a token that is used and then lost would end the session at the next refresh."""
        self.tokens |= changes
        line = json.dumps(self.tokens).encode() + b"\n"
        os.pwrite(self._file, line, 0)
        os.ftruncate(self._file, len(line))

    def store_answer(self, body, now):
        times = {"expires_at": now + body["expires_in"], "refresh_at": now + body["refresh_after"]}
        tokens = {name: body[name] for name in ("access_token", "refresh_token")}
        self.store(needs_login=False, **tokens, **times)


class PoolIsEmpty(Exception):
    """Every session of the run is in use."""


class Pool:
    """The sessions of the run; each is used by one virtual user, whatever runs beside this process."""

    def __init__(self, run, first):
        try:
            self.run = json.loads((run / "run.json").read_text())
            self._lines = islice((run / "pool.jsonl").open(), first, None)
        except (OSError, ValueError) as error:
            raise SystemExit(f"load: RUN must be the folder of a run: {error}") from None
        self._folder = run / "tokens"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._free = deque()

    def claim(self):
        """Raises PoolIsEmpty when every session is in use."""
        while not self._free:
            line = next(self._lines, None)
            if line is None:
                raise PoolIsEmpty("The pool has no session for another user. Seed more, or start fewer users.")
            if session := Session.lock(self._folder, json.loads(line)):
                self._free.append(session)
        return self._free.popleft()

    def release(self, session):
        self._free.append(session)

    def trusted(self):
        """The header by which limits per address do not decide; each half is form-encoded (RFC 6749 §2.3.1)."""
        pair = f"{quote_plus(self.run['client_id'])}:{quote_plus(self.run['client_secret'])}"
        return {"Authgate-Client": f"Basic {base64.b64encode(pair.encode()).decode()}"}


class Outcomes:
    """The outcome log: one line for each request that ended, without tokens, and their numbers."""

    def __init__(self, run):
        folder = run / "outcomes"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{ENV.get('NAME', f'locust-{os.getpid()}')}.jsonl"
        self._log = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWN_FILE), "w", buffering=1)
        self.counts = Counter()

    def add(self, **fields):
        self.counts[fields["op"], fields["status"], fields.get("error")] += 1
        self._log.write(json.dumps({key: value for key, value in fields.items() if value is not None}) + "\n")


def seconds(text):
    """Of a Retry-After in seconds, as Authgate sends it; None for any other."""
    return int(text) if text and text.isdecimal() else None


def used(token):
    """What the outcome log records of the token that was sent."""
    claims = claims_of(token) if token else {}
    found = {"sid": claims.get("sid"), "presented": claims.get("gen")}
    return found | ({"jti": claims["jti"]} if claims.get("type") == "access" else {})


def answered(body):
    """What it records of the tokens that came back."""
    if "refresh_token" not in body:
        return {}
    claims = claims_of(body["refresh_token"])
    return {"sid": claims["sid"], "gen": claims["gen"], "successor": claims["jti"]}


def ended(op, status, token):
    return {"ended_sid": claims_of(token)["sid"]} if op == "logout" and status == 200 else {}
