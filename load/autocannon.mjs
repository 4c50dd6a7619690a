// The load kit's driver for autocannon; docs/load-testing.md explains it.
//
//     RUN=demo node load/autocannon.mjs http://127.0.0.1:8000        (CONNECTIONS=20 SECONDS=10)
//
// Each connection is a virtual user with a session of the run's pool. autocannon itself knows no pauses and no tokens:
// both come from here. Outcomes go to RUN/outcomes/NAME.jsonl.

import fs from "node:fs";
import path from "node:path";
import autocannon from "autocannon";
import { answered, backoff, isThrottled, mixOf, parse, pick, secondsOf, statusOf, used } from "./shared.js";

const env = process.env;
const run = env.RUN ?? ".";
const about = JSON.parse(fs.readFileSync(path.join(run, "run.json"), "utf8"));
const plan = JSON.parse(fs.readFileSync(env.PLAN ?? new URL("plan.json", import.meta.url), "utf8"));
const mix = mixOf(env.MIX ?? plan.mix);
const url = process.argv[2] ?? about.base_url;
const connections = Number(env.CONNECTIONS ?? 20);
const pace = Number(env.PACE ?? 0) * 1000;
const every = Number(env.EVERY ?? 0) * 1000;
const deadline = Date.now() + Number(env.SECONDS ?? 10) * 1000;
const operations = ["login", "logout", "refresh", "me", "ws"];

const basic = Buffer.from([about.client_id, about.client_secret].map(encodeURIComponent).join(":")).toString("base64");
const json = { "Content-Type": "application/json" };
const trusted = { ...json, "Authgate-Client": `Basic ${basic}` };

const claimsOf = (token) => token && JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
const ownFile = (name, flags) => fs.openSync(path.join(run, name), flags, 0o600);

/** The outcome log: no token, no part of one. */
class Outcomes {
  counts = new Map();
  latencies = new Map();

  constructor(name) {
    fs.mkdirSync(path.join(run, "outcomes"), { recursive: true, mode: 0o700 });
    this.file = ownFile(`outcomes/${name}.jsonl`, "a");
  }

  add(outcome) {
    const key = `${outcome.op} ${outcome.status} ${outcome.error ?? ""}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
    this.measure(outcome.op, outcome.ms);
    fs.writeSync(this.file, `${JSON.stringify(outcome)}\n`);
  }

  /** In buckets of 2 percent, so that hours of load need no memory. */
  measure(op, ms) {
    const buckets = this.latencies.get(op) ?? new Map();
    const bucket = Math.ceil(Math.log(Math.max(ms, 0.001)) * 50);
    this.latencies.set(op, buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1));
  }

  percentile(op, share) {
    const buckets = [...(this.latencies.get(op) ?? [])].sort(([a], [b]) => a - b);
    let left = share * buckets.reduce((sum, [, count]) => sum + count, 0);
    const found = buckets.find(([, count]) => {
      left -= count;
      return left <= 0;
    });
    return found ? Math.exp(found[0] / 50) : 0;
  }
}

/** What was stored, unless the pool was written again since, with later tokens of the same session. */
function newer(stored, line) {
  const [ours, pools] = [stored, line].map((tokens) => claimsOf(tokens.refresh_token));
  if (ours.sid !== pools.sid || ours.gen > pools.gen) return stored;
  return ours.gen < pools.gen || stored.expires_at < line.expires_at ? {} : stored;
}

/** The newest tokens of a line of the pool, in the file in which every driver stores them. */
class Session {
  constructor(line) {
    fs.mkdirSync(path.join(run, "tokens"), { recursive: true, mode: 0o700 });
    this.file = ownFile(`tokens/${line.sid}.json`, fs.constants.O_RDWR | fs.constants.O_CREAT);
    const [stored] = fs.readFileSync(this.file, "utf8").split("\n");
    this.tokens = { needs_login: false, ...line, ...(stored && newer(JSON.parse(stored), line)) };
  }

  /** Before anything uses them. */
  store(changes) {
    Object.assign(this.tokens, changes);
    const line = `${JSON.stringify(this.tokens)}\n`;
    fs.writeSync(this.file, line, 0);
    fs.ftruncateSync(this.file, Buffer.byteLength(line));
  }

  storeAnswer({ access_token, refresh_token, expires_in, refresh_after }) {
    const now = Date.now() / 1000;
    const times = { expires_at: now + expires_in, refresh_at: now + refresh_after };
    this.store({ access_token, refresh_token, ...times, needs_login: false });
  }
}

class VirtualUser {
  failures = 0;
  notBefore = 0;
  revoked = null;
  isWaiting = false; // for a response

  constructor(session, outcomes) {
    this.session = session;
    this.outcomes = outcomes;
  }

  next() {
    this.sent = { at: Date.now() / 1000, began: performance.now(), ...this.choose() };
    return this.sent.request;
  }

  choose() {
    const { tokens } = this.session;
    if (this.revoked && Date.now() > this.revoked.at) return this.probe();
    if (tokens.needs_login) return this.login();
    if (tokens.refresh_at * 1000 <= Date.now()) return this.refresh();
    return this[pick(mix)]();
  }

  login() {
    const { username, password } = this.session.tokens;
    return request("login", "POST", "login", { body: { username, password }, headers: trusted });
  }

  refresh() {
    const { refresh_token } = this.session.tokens;
    return request("refresh", "POST", "refresh", { body: { refresh_token }, headers: trusted, token: refresh_token });
  }

  me = () => this.authorized("me", "GET", "me");
  logout = () => this.authorized("logout", "POST", "logout", {});
  ws = () => this.authorized("ticket", "POST", "ws-ticket", {});

  authorized(op, method, route, body) {
    const token = this.session.tokens.access_token;
    return request(op, method, route, {
      body,
      token,
      headers: { ...(body && json), Authorization: `Bearer ${token}` },
    });
  }

  /** A revoked token must be refused a second after its revocation. */
  probe() {
    const { token } = this.revoked;
    this.revoked = null;
    return request("me", "GET", "me", { token, expected: 401, headers: { Authorization: `Bearer ${token}` } });
  }

  took(status, text, headers) {
    const { at, began, op, token, expected } = this.sent;
    const body = parse(text);
    const whole = statusOf(op, status, body);
    const field = (name) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1] ?? null;
    const wait = secondsOf(field("retry-after"));
    this.isWaiting = false;
    this.follow(op, whole, body, token, expected);
    this.holdBack(whole !== expected, wait);
    judge.count(whole, expected, wait);
    const details = { error: body.error ?? null, retry_after: wait, how: field("authgate-refresh") };
    const owner = {
      username: this.session.tokens.username,
      ...used(claimsOf(token)),
      ...answered(claimsOf(body.refresh_token)),
    };
    const ended = op === "logout" && whole === 200 ? { ended_sid: claimsOf(token).sid } : {};
    this.outcomes.add({ at, ms: performance.now() - began, op, status: whole, ...details, ...owner, ...ended });
  }

  follow(op, status, body, token, expected) {
    if (status === 200 && body.refresh_token) this.session.storeAnswer(body);
    else if (op === "refresh") this.session.store({ refresh_at: 0, needs_login: body.error === "invalid_grant" });
    else if (op === "logout" && status !== 429 && status !== 503) {
      this.session.store({ needs_login: true });
      if (status === 200) this.revoked = { token, at: Date.now() + 1500 };
    } else if (status === 401 && expected !== 401) this.session.store({ refresh_at: 0 });
  }

  /** After a failure: as long as Retry-After says, else longer each time. */
  holdBack(failed, wait) {
    this.failures = failed ? this.failures + 1 : 0;
    const pause = failed ? (wait ?? backoff(this.failures)) * 1000 : every ? every - (Date.now() % every) : pace;
    this.notBefore = Date.now() + pause;
  }
}

function request(op, method, route, { body, headers, token = "", expected = 200 }) {
  const content = body === undefined ? "" : JSON.stringify(body);
  return { op, token, expected, request: { method, path: `/api/auth/${route}`, headers, body: content } };
}

/** autocannon sends the next request as soon as it has a response; this waits as long as the user must. */
function pausing(client, user) {
  const send = client._doRequest.bind(client);
  let timer;
  client.on("done", () => clearTimeout(timer));
  client._doRequest = () => {
    clearTimeout(timer);
    if (client.destroyed) return;
    if (user.isWaiting) user.took(0, "", {}); // the connection broke
    if (Date.now() >= deadline) return void client.destroy();
    const wait = Math.min(user.notBefore, deadline) - Date.now();
    if (wait <= 0) {
      user.isWaiting = true;
      return send();
    }
    client.timeoutTicker?.reschedule(wait + 30_000);
    timer = setTimeout(client._doRequest, wait);
  };
}

const judge = {
  total: 0,
  throttled: 0,
  unexpected: 0,

  count(status, expected, wait) {
    this.total += 1;
    if (status === expected) return;
    this[isThrottled(status, wait) ? "throttled" : "unexpected"] += 1;
  },

  missed(outcomes) {
    const { unexpected, throttled, p99_ms } = plan.thresholds;
    const slow = Object.entries(p99_ms).map(([op, limit]) => [op, limit, outcomes.percentile(op, 0.99)]);
    return [
      this.total === 0 && "no request was answered",
      this.unexpected > unexpected && `${this.unexpected} unexpected outcomes; at most ${unexpected} are allowed`,
      this.throttled > throttled * this.total && `${this.throttled} of ${this.total} requests got 429 or 503`,
      ...slow.map(
        ([op, limit, p99]) => p99 > limit && `${op}: p99 is ${p99.toFixed(0)} ms; at most ${limit} ms are allowed`,
      ),
    ].filter(Boolean);
  },
};

function fail(text) {
  console.error(`load: ${text}`);
  process.exit(1);
}

const unknown = mix.filter(([op]) => !operations.includes(op)).map(([op]) => op);
if (unknown.length) fail(`MIX names ${unknown}; it may name ${operations.join(", ")}`);
const first = Number(env.FIRST ?? 0);
const lines = fs
  .readFileSync(path.join(run, "pool.jsonl"), "utf8")
  .split("\n")
  .slice(first, first + connections);
const sessions = lines.filter(Boolean).map((line) => new Session(JSON.parse(line)));
if (sessions.length < connections)
  fail(`The pool has ${sessions.length} sessions for ${connections} users. Seed more.`);
const outcomes = new Outcomes(env.NAME ?? `autocannon-${process.pid}`);
if (mix.some(([op]) => op === "ws")) console.log("load: the share of ws fetches tickets and opens no socket");

await autocannon({
  url,
  connections,
  duration: (deadline - Date.now()) / 1000 + 60, // each user stops by itself, after its last response
  timeout: 30,
  setupClient(client) {
    const user = new VirtualUser(sessions.pop(), outcomes);
    pausing(client, user);
    client.setRequests([
      {
        setupRequest: (defaults) => ({ ...defaults, ...user.next() }),
        onResponse: (status, body, _context, headers) => user.took(status, body, headers),
      },
    ]);
  },
});

for (const [key, count] of [...outcomes.counts].sort()) console.log(`load: ${key.padEnd(36)} ${count}`);
const missed = judge.missed(outcomes);
for (const line of missed.length ? missed : ["every threshold is met"]) console.log(`load: ${line}`);
process.exit(missed.length ? 1 : 0);
