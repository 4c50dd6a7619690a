"""Targets for vegeta, and arguments for oha, from the pool of a run; docs/load-testing.md explains both.

    RUN=demo python load/targets.py vegeta http://127.0.0.1:8000 | vegeta attack -format=json -lazy -rate 100
    RUN=demo python load/targets.py oha http://127.0.0.1:8000 | xargs oha -z 10s

Neither tool looks at responses. So this program refreshes the sessions itself, when they are due, and logs that; the
targets are the other shares of MIX. With -lazy, vegeta takes them while it runs, and no token is stale for hours.
"""

import base64
import json
import random
import sys
import time
import urllib.error
import urllib.request
from itertools import count, islice

from kit import ENV, MIX, RUN, Outcomes, Pool, PoolIsEmpty, answered, seconds, used

RETRIES = 8
USERS = int(ENV.get("USERS", "20"))


class RefreshFailed(Exception):
    """A session cannot be continued."""


def refresh(pool, outcomes, session, url):
    """Until it succeeds: a lost answer, 429 and 503 are retried with the same token. Raises RefreshFailed."""
    for attempt in range(RETRIES):
        status, fields, body = send_refresh(pool, outcomes, session, url)
        if status == 200:
            return session.store_answer(body, time.time())
        if body.get("error") == "invalid_grant":
            raise RefreshFailed(f"{session.username}: the session is over; seed again")
        wait = seconds(fields.get("Retry-After"))
        time.sleep(min(30.0, 2.0**attempt / 4) if wait is None else wait)
    raise RefreshFailed(f"{session.username}: no answer after {RETRIES} attempts")


def send_refresh(pool, outcomes, session, url):
    token, at, began = session.refresh_token, time.time(), time.perf_counter()
    headers = {"Content-Type": "application/json"} | pool.trusted()
    data = json.dumps({"refresh_token": token}).encode()
    request = urllib.request.Request(f"{url}/api/auth/refresh", data, headers, method="POST")
    status, fields, body = answer_of(request)
    record = {"at": at, "ms": (time.perf_counter() - began) * 1000, "op": "refresh", "status": status}
    record |= {"error": body.get("error"), "retry_after": seconds(fields.get("Retry-After"))}
    record |= {"username": session.username, "how": fields.get("Authgate-Refresh")}
    outcomes.add(**record | used(token) | answered(body))
    return status, fields, body


def answer_of(request):
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, parse(error.read())
    except (OSError, ValueError):  # not answered, or cut off
        return 0, {}, {}


def parse(text):
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def target(pool, session, op, url):
    """In vegeta's JSON format: the body is in base64, each header field has a list of values."""
    bearer, content = {"Authorization": [f"Bearer {session.access_token}"]}, {"Content-Type": ["application/json"]}
    if op == "me":
        return {"method": "GET", "url": f"{url}/api/auth/me", "header": bearer}
    if op == "ws":
        return post(f"{url}/api/auth/ws-ticket", {}, bearer | content)
    trusted = {name: [value] for name, value in pool.trusted().items()}
    credentials = {"username": session.username, "password": session.password}
    return post(f"{url}/api/auth/login", credentials, trusted | content)


def post(url, body, header):
    encoded = base64.b64encode(json.dumps(body).encode()).decode()
    return {"method": "POST", "url": url, "body": encoded, "header": header}


def targets(pool, outcomes, sessions, url):
    """Without end. Each has an access token that lives for a while after it was taken."""
    shares = {op: share for op, share in MIX.items() if op in ("login", "me", "ws")}
    for number in count():
        session = sessions[number % len(sessions)]
        if session.refresh_at <= time.time():
            refresh(pool, outcomes, session, url)
        [op] = random.choices(list(shares), list(shares.values()))
        yield target(pool, session, op, url)


def main(tool, url, limit=None):
    pool, outcomes = Pool(RUN, int(ENV.get("FIRST", "0"))), Outcomes(RUN)
    sessions = [pool.claim() for _ in range(1 if tool == "oha" else USERS)]
    found = targets(pool, outcomes, sessions, url.rstrip("/"))
    if tool == "oha":  # one request only, so one token, which everyone on this machine can see in the list of processes
        refresh(pool, outcomes, sessions[0], url)
        print(f"-H 'Authorization: Bearer {sessions[0].access_token}' {url}/api/auth/me")
        return
    for line in islice(found, limit):
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("vegeta", "oha"):
        raise SystemExit("usage: targets.py vegeta|oha URL [COUNT]")
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else None)
    except (PoolIsEmpty, RefreshFailed, FileNotFoundError) as error:
        raise SystemExit(f"load: {error}") from None
    except BrokenPipeError:  # vegeta has finished
        sys.stderr.close()
