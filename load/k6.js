// The load kit's driver for k6; docs/load-testing.md explains it.
//
//     mkdir -p demo/outcomes
//     k6 run -e RUN=$PWD/demo --vus 200 --duration 60s --log-format raw --console-output demo/outcomes/k6.jsonl load/k6.js
//
// Each VU has a session of the run's pool. k6 cannot write files: the outcome log is what console.log prints, and the
// tokens of a rotation live in the VU only. So a session that k6 has used is spent: start the next run after it (FIRST).

import { sleep } from "k6";
import { SharedArray } from "k6/data";
import encoding from "k6/encoding";
import exec from "k6/execution";
import http from "k6/http";
import { Counter, Rate } from "k6/metrics";
import { answered, backoff, isThrottled, mixOf, parse, pick, secondsOf, statusOf, used } from "./shared.js";

const run = __ENV.RUN || ".";
const about = JSON.parse(open(`${run}/run.json`));
const plan = JSON.parse(open(__ENV.PLAN || "./plan.json"));
const pool = new SharedArray("pool", () => open(`${run}/pool.jsonl`).trim().split("\n"));
const mix = mixOf(__ENV.MIX || plan.mix);
const url = __ENV.URL || about.base_url;
const pace = Number(__ENV.PACE || 1);
const every = Number(__ENV.EVERY || 0);
const first = Number(__ENV.FIRST || 0);

const unexpected = new Counter("unexpected");
const throttled = new Rate("throttled");

const slowest = Object.entries(plan.thresholds.p99_ms).map(([op, ms]) => [
  `http_req_duration{op:${op}}`,
  [`p(99)<=${ms}`],
]);
export const options = {
  thresholds: {
    unexpected: [`count<=${plan.thresholds.unexpected}`],
    throttled: [`rate<=${plan.thresholds.throttled}`],
    ...Object.fromEntries(slowest),
  },
};

const basic = encoding.b64encode([about.client_id, about.client_secret].map(encodeURIComponent).join(":"));
const json = { "Content-Type": "application/json" };
const trusted = { ...json, "Authgate-Client": `Basic ${basic}` };

const claimsOf = (token) => token && JSON.parse(encoding.b64decode(token.split(".")[1], "rawurl", "s"));
const now = () => Date.now() / 1000;

// Of this VU: k6 gives each its own copy of this module.
let session = null;
let failures = 0;
let notBefore = 0;
let revoked = null;

/** One request, and what must pass before the next. */
export default function () {
  session = session || claim();
  step();
  const wait = Math.max(0, notBefore - now());
  sleep(wait || pause());
}

function claim() {
  const line = pool[first + exec.vu.idInTest - 1];
  if (!line) exec.test.abort(`The pool has ${pool.length} sessions. Seed more, or start fewer VUs.`);
  return { needs_login: false, ...JSON.parse(line) };
}

/** Never longer than until the tokens must be refreshed. */
function pause() {
  if (every) return every - (now() % every);
  return Math.min((0.5 + Math.random()) * pace, Math.max(0, session.refresh_at - now()));
}

function step() {
  if (revoked && revoked.at < now()) return probe();
  if (session.needs_login) return operations.login();
  if (session.refresh_at <= now()) return operations.refresh();
  return operations[pick(mix)]();
}

const operations = {
  login() {
    const { username, password } = session;
    send("login", "POST", "login", { body: { username, password }, headers: trusted });
  },

  /** If the answer is lost, the next step sends the same token again, before anything else. */
  refresh() {
    const { refresh_token } = session;
    send("refresh", "POST", "refresh", { body: { refresh_token }, headers: trusted, token: refresh_token });
  },

  me() {
    authorized("me", "GET", "me");
  },

  ws() {
    authorized("ticket", "POST", "ws-ticket", { body: {} });
  },

  logout() {
    const token = session.access_token;
    const status = authorized("logout", "POST", "logout", { body: {} });
    if (status !== 429 && status !== 503) session.needs_login = true;
    if (status === 200) revoked = { token, at: now() + 1.5 };
  },
};

/** A revoked token must be refused a second after its revocation. */
function probe() {
  const { token } = revoked;
  revoked = null;
  authorized("me", "GET", "me", { token, expected: 401 });
}

/** @param {{ body?: object, token?: string, expected?: number }} more */
function authorized(op, method, route, more = {}) {
  const { body, token = session.access_token, expected = 200 } = more;
  const headers = { ...(body && json), Authorization: `Bearer ${token}` };
  const status = send(op, method, route, { body, headers, token, expected });
  if (status === 401 && expected !== 401) session.refresh_at = 0;
  return status;
}

/**
 * The status; 0 unless the whole answer arrived.
 * @param {{ body?: object, headers: any, token?: string, expected?: number }} more
 */
function send(op, method, route, more) {
  const { body, headers, token = "", expected = 200 } = more;
  const at = now();
  const content = body === undefined ? null : JSON.stringify(body);
  const response = http.request(method, `${url}/api/auth/${route}`, content, {
    headers,
    timeout: "30s",
    tags: { op, name: op },
  });
  const answer = parse(response.body);
  const status = statusOf(op, response.status, answer);
  if (status === 200 && answer.refresh_token) take(answer);
  else if (op === "refresh") Object.assign(session, { refresh_at: 0, needs_login: answer.error === "invalid_grant" });
  const wait = secondsOf(response.headers["Retry-After"]);
  holdBack(status !== expected, wait);
  count(status, expected, wait);
  const found = { error: answer.error || null, retry_after: wait, how: response.headers["Authgate-Refresh"] || null };
  const owner = { username: session.username, ...used(claimsOf(token)), ...answered(claimsOf(answer.refresh_token)) };
  const ended = op === "logout" && status === 200 ? { ended_sid: claimsOf(token).sid } : {};
  console.log(JSON.stringify({ at, ms: response.timings.duration, op, status, ...found, ...owner, ...ended }));
  return status;
}

function take({ access_token, refresh_token, expires_in, refresh_after }) {
  const times = { expires_at: now() + expires_in, refresh_at: now() + refresh_after };
  Object.assign(session, { access_token, refresh_token, ...times, needs_login: false });
}

/** After a failure: as long as Retry-After says, else longer each time. */
function holdBack(failed, wait) {
  failures = failed ? failures + 1 : 0;
  notBefore = failed ? now() + (wait === null ? backoff(failures) : wait) : 0;
}

function count(status, expected, wait) {
  const waits = isThrottled(status, wait);
  throttled.add(waits);
  if (status !== expected && !waits) unexpected.add(1);
}
