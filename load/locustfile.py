"""The load kit's driver for Locust; docs/load-testing.md explains it.

    RUN=demo locust -f load/locustfile.py --headless -H http://127.0.0.1:8000 -u 200 -r 50 -t 60s --html report.html

Each virtual user has a session of the pool to itself. Outcomes go to RUN/outcomes/NAME.jsonl.
"""

import json
import random
import time
from contextlib import closing

import gevent
import websocket
from kit import ENV, EVERY, MIX, PACE, PLAN, RUN, SCENARIO, Outcomes, Pool, PoolIsEmpty, answered, ended, seconds, used
from locust import FastHttpUser, LoadTestShape, events, task
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS
from locust.exception import StopUser
from locust.runners import MasterRunner, WorkerRunner

WS_URL, WS_AUDIENCE, WS_SECONDS = ENV.get("WS_URL", ""), ENV.get("WS_AUDIENCE", ""), float(ENV.get("WS_SECONDS", "30"))
LONGEST_BACKOFF = 30.0  # seconds, where the server names none
THROTTLED = "throttled: "


class VirtualUser(FastHttpUser):
    """Owns one session, and sends one request after the other."""

    connection_timeout = network_timeout = 30.0
    pool: Pool
    outcomes: Outcomes
    session = socket = None
    failures, not_before = 0, 0.0

    def on_start(self):
        try:
            self.session = self.pool.claim()
        except PoolIsEmpty as error:
            print(f"load: {error}")
            raise StopUser from error

    def on_stop(self):
        self.close_socket()
        if self.session is not None:
            self.pool.release(self.session)

    def wait_time(self):
        """Not before the server said, else never longer than until the tokens are due."""
        now = time.time()
        if self.not_before > now:
            return self.not_before - now
        if EVERY:
            return EVERY - now % EVERY
        return min(random.uniform(0.5, 1.5) * PACE, max(0.0, self.session.refresh_at - now))

    @task
    def step(self):
        """Locust may stop the user meanwhile; a request that is not finished would be a rotation that is lost."""
        acting = gevent.spawn(self.act)
        try:
            acting.get()
        except gevent.GreenletExit:
            acting.join()
            raise

    def act(self):
        if self.session.needs_login:
            self.login()
        elif self.session.refresh_at <= time.time():
            self.refresh()
        elif SCENARIO == "expiry-herd":
            self.refresh()
            self.me()
        else:
            [op] = random.choices(list(MIX), list(MIX.values()))
            getattr(self, op)()

    def login(self):
        """The user continues with the new session; the old one stays, as on another device."""
        credentials = {"username": self.session.username, "password": self.session.password}
        self.take_tokens(*self.send("login", "POST", "/api/auth/login", credentials, self.pool.trusted()))

    def refresh(self):
        """If the answer is lost, the next step sends the same token again, before anything else."""
        token = self.session.refresh_token
        body = {"refresh_token": token}
        status, answer = self.send("refresh", "POST", "/api/auth/refresh", body, self.pool.trusted(), token=token)
        self.take_tokens(status, answer)
        if status != 200:
            self.session.store(refresh_at=0, needs_login=answer.get("error") == "invalid_grant")

    def take_tokens(self, status, answer):
        if status == 200:
            self.session.store_answer(answer, time.time())

    def me(self):
        self.authorized("me", "GET", "/api/auth/me")

    def logout(self):
        """Ends the session, starts another, and presents the revoked token after more than a second: it must fail."""
        revoked = self.session.access_token
        status, _ = self.authorized("logout", "POST", "/api/auth/logout", {})
        if status in (429, 503):
            return
        self.session.store(needs_login=True)
        self.login()
        if status == 200:
            gevent.sleep(1.5)
            self.authorized("me", "GET", "/api/auth/me", token=revoked, expected=401)

    def ws(self):
        """A ticket; with WS_URL also a socket, which stays open for WS_SECONDS or until the next."""
        self.close_socket()
        wish = {"audience": WS_AUDIENCE} if WS_AUDIENCE else {}
        status, answer = self.authorized("ticket", "POST", "/api/auth/ws-ticket", wish)
        if status == 200 and WS_URL:
            self.socket = gevent.spawn(self.stay_connected, {"type": "auth", "ticket": answer["ticket"]})

    def close_socket(self):
        if self.socket is not None:
            self.socket.kill()
            self.socket = None

    def stay_connected(self, credential):
        """A socket that the service closes is an outcome: 4401 is logged as 401, other close codes likewise."""
        at, began = time.time(), time.perf_counter()
        with gevent.Timeout(WS_SECONDS, exception=False):
            try:
                status, reason = self.converse(credential, at, began)
            except (OSError, ValueError, websocket.WebSocketException) as error:
                status, reason = 0, type(error).__name__
            self.report_socket(at, began, status, reason)

    def converse(self, credential, at, began):
        """Logs in, and answers the service until it closes. Returns status and error code."""
        with closing(websocket.create_connection(WS_URL, timeout=WS_SECONDS + 5)) as socket:
            socket.send(json.dumps(credential))
            while True:
                code, data = socket.recv_data()
                if code == websocket.ABNF.OPCODE_CLOSE:
                    closed = int.from_bytes(data[:2])
                    status = closed - 4000 if 4400 <= closed < 4500 else 503 if closed == 1013 else 0
                    return status, f"close {closed} {data[2:].decode()}".strip()
                kind = json.loads(data).get("type")
                if kind == "auth.ok" and "ticket" in credential:
                    self.report_socket(at, began, 101, None)
                    credential = {"type": "auth"}
                elif kind == "auth.renew":
                    socket.send(json.dumps({"type": "auth", "token": self.session.access_token}))

    def report_socket(self, at, began, status, error):
        spent, fault = (time.perf_counter() - began) * 1000, None if status == 101 else f"{status} {error}"
        events.request.fire(request_type="WS", name="ws", response_time=spent, response_length=0, exception=fault)
        record = {"at": at, "ms": spent, "op": "ws", "status": status, "error": error}
        self.outcomes.add(**record, username=self.session.username, **used(self.session.access_token))

    def authorized(self, op, method, path, body=None, *, token="", expected=200):
        token = token or self.session.access_token
        status, answer = self.send(
            op, method, path, body, {"Authorization": f"Bearer {token}"}, token=token, expected=expected
        )
        if status == 401 != expected:  # docs/errors.md: refresh once; what comes of that decides
            self.session.store(refresh_at=0)
        return status, answer

    def send(self, op, method, path, body, headers, *, token="", expected=200):
        """The status, 0 unless the whole answer arrived, and the body."""
        at, began = time.time(), time.perf_counter()
        record = {"at": at, "op": op, "username": self.session.username}
        request = self.client.request(method, path, json=body, headers=headers, name=op, catch_response=True)
        with request as response:
            status, answer = read(response)
            fields = response.headers or {}
            wait, error = seconds(fields.get("Retry-After")), answer.get("error")
            fault = "" if status == expected else f"{status} {error or ''}"
            throttled = THROTTLED if status in (429, 503) and wait is not None else ""
            response.failure(throttled + fault) if fault else response.success()
        record |= {"ms": (time.perf_counter() - began) * 1000, "status": status, "error": error, "retry_after": wait}
        record["how"] = fields.get("Authgate-Refresh")
        self.hold_back(bool(fault), wait)
        self.outcomes.add(**record | used(token) | answered(answer) | ended(op, status, token))
        return status, answer

    def hold_back(self, failed, wait):
        """After a failure: as long as Retry-After says, else longer each time."""
        self.failures = self.failures + 1 if failed else 0
        pause = min(LONGEST_BACKOFF, 2.0**self.failures / 4) * random.uniform(0.5, 1) if wait is None else wait
        self.not_before = time.time() + pause if failed else 0.0


def read(response):
    try:
        body = json.loads(response.text or "{}")
    except (*FAILURE_EXCEPTIONS, ValueError):  # cut off, or not from Authgate
        return (0 if response.status_code == 200 else response.status_code), {}
    return response.status_code, body if isinstance(body, dict) else {}


def missed(stats):
    """The thresholds of the plan that the run missed."""
    limits, total = PLAN["thresholds"], max(1, stats.total.num_requests)
    throttled = sum(error.occurrences for error in stats.errors.values() if THROTTLED in str(error.error))
    unexpected = stats.total.num_failures - throttled
    if not stats.total.num_requests:
        yield "no request was sent"
    if unexpected > limits["unexpected"]:
        yield f"{unexpected} unexpected outcomes; at most {limits['unexpected']} are allowed"
    if throttled > limits["throttled"] * total:
        yield f"{throttled} of {total} requests got 429 or 503; at most {limits['throttled']:.0%} may"
    for entry in stats.entries.values():
        p99, limit = entry.get_response_time_percentile(0.99), limits["p99_ms"].get(entry.name)
        if limit is not None and p99 > limit:
            yield f"{entry.name}: p99 is {p99:.0f} ms; at most {limit} ms are allowed"


@events.init.add_listener
def prepare(environment, **_):
    environment.stop_timeout = environment.stop_timeout or 35.0  # no request is cut off: its rotation would be lost
    if not isinstance(environment.runner, MasterRunner):
        VirtualUser.pool, VirtualUser.outcomes = Pool(RUN, int(ENV.get("FIRST", "0"))), Outcomes(RUN)
    if not WS_URL and MIX.get("ws") and not isinstance(environment.runner, WorkerRunner):
        print("load: WS_URL is not set, so the share of ws fetches tickets and opens no socket")


@events.quitting.add_listener
def judge(environment, **_):
    if not isinstance(environment.runner, WorkerRunner):
        environment.runner.stop()  # after a signal, users still run
    if not isinstance(environment.runner, MasterRunner):
        for (op, status, error), count in sorted(VirtualUser.outcomes.counts.items(), key=str):
            print(f"load: {op:8} {status:3} {error or '':20} {count:8}")
    if not isinstance(environment.runner, WorkerRunner):
        faults = list(missed(environment.stats))
        environment.process_exit_code = 1 if faults else 0
        print("\n".join(f"load: {fault}" for fault in faults or ["every threshold is met"]))


if SCENARIO == "ramp":

    class Ramp(LoadTestShape):
        """From one user to --users, evenly over --run-time."""

        use_common_options = True

        def tick(self):
            options = self.runner.environment.parsed_options
            share = self.get_run_time() / (options.run_time or 600)
            return None if share >= 1 else (max(1, round(share * options.num_users)), options.spawn_rate or 100)
