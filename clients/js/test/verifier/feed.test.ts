import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  createVerifier,
  FeedStale,
  InvalidToken,
  KeysUnavailable,
  type Revocation,
  RevokedToken,
  Unavailable,
  type Verifier,
} from "../../src/verifier/index.js";
import { FakeServer, newKey, SECRET, until } from "./fake-server.js";

let server: FakeServer;
let verifier: Verifier;
let failures: unknown[];

beforeEach(async () => {
  server = await new FakeServer().start();
  failures = [];
  const onError = (error: unknown) => void failures.push(error);
  verifier = createVerifier({ server: server.url, clientId: "svc", clientSecret: SECRET, onError });
  await verifier.start();
});

afterEach(async () => {
  await verifier.close();
  await server.stop();
});

setFlagsFromString("--expose-gc");
const gc: () => void = runInNewContext("gc");

/** Several times, with the event loop between: what is held weakly is gone then. */
async function collectGarbage() {
  for (let n = 0; n < 5; n++) {
    await sleep(20);
    gc();
  }
}

const outcome = (token: string) =>
  verifier.verify(token).then(
    () => "good",
    (error: Error) => error.name,
  );
const becomes = (token: string, wanted: string) => until(async () => (await outcome(token)) === wanted);

it("gives typed claims", async () => {
  const claims = await verifier.verify(server.token());
  expect(claims).toMatchObject({
    subject: "7",
    userId: 7,
    session: "s1",
    tokenId: "j1",
    username: "ada",
    isStaff: true,
    epoch: 1,
  });
});

it("refuses before it was started", async () => {
  const idle = createVerifier({ server: server.url, clientId: "svc", clientSecret: SECRET });
  await expect(idle.verify(server.token())).rejects.toBeInstanceOf(FeedStale);
});

it.each([
  ["a session", { sid: "s1" }, { sid: "s2" }],
  ["a token", { jti: "j1" }, { jti: "j2" }],
  ["an account", { epoch: 2 }, { epoch: 2 }],
  ["an account but one session", { epoch: 2, except: "kept" }, { sid: "kept" }],
])("ends %s and nothing else", async (_name, entry, spared) => {
  server.revoke(entry);
  await becomes(server.token(), "RevokedToken");
  await becomes(server.token(spared), "good");
});

it("judges a token without epoch by its time of issue", async () => {
  const before = Math.floor(Date.now() / 1000) - 5;
  server.revoke({ epoch: 2, before });
  await becomes(server.token({ epoch: undefined, iat: before - 1 }), "RevokedToken");
  await becomes(server.token({ epoch: undefined, iat: before }), "good");
});

it("takes rights away without ending the token", async () => {
  const token = server.token();
  server.revoke({ claims_only: true });
  await until(async () => !(await staff(token)));
  const later = server.token({ iat: Math.floor(Date.now() / 1000) + 5 });
  expect(await staff(later)).toBe(true);
});

it("believes rights by the version that they were read at, where token and entry have one", async () => {
  const now = Math.floor(Date.now() / 1000);
  server.revoke({ claims_only: true, version: 6 });
  await until(async () => !(await staff(server.token())));
  const late = server.token({ version: 5, iat: now + 5 });
  const fresh = server.token({ version: 6, iat: now - 5 });
  expect([await staff(late), await staff(fresh)]).toEqual([false, true]);
});

it("keeps the highest version, whatever the clock of the database says", async () => {
  const now = Math.floor(Date.now() / 1000);
  server.revoke({ claims_only: true, version: 6, before: now - 10 });
  server.revoke({ claims_only: true, version: 5, before: now + 10 });
  server.revoke({ sid: "last" });
  await becomes(server.token({ sid: "last" }), "RevokedToken");
  const [old, fresh] = [server.token({ version: 5, iat: now + 20 }), server.token({ version: 6, iat: now - 20 })];
  expect([await staff(old), await staff(fresh)]).toEqual([false, true]);
});

it.each([
  ["token", {}, { version: 6 }],
  ["entry", { version: 5 }, {}],
])("judges rights by time where the %s has no version", async (_name, inToken, inEntry) => {
  const before = Math.floor(Date.now() / 1000) - 5;
  server.revoke({ claims_only: true, before, ...inEntry });
  await until(async () => !(await staff(server.token({ ...inToken, iat: before }))));
  expect(await staff(server.token({ ...inToken, iat: before + 1 }))).toBe(true);
});

async function staff(token: string): Promise<boolean> {
  await becomes(token, "good"); // a process that stood still knows too little for a moment
  return (await verifier.verify(token)).isStaff;
}

it("tells of each revocation once, also across a snapshot", async () => {
  const told: Revocation[] = [];
  verifier.onRevoked((entry) => void told.push(entry));
  server.revoke({ sid: "s1" });
  await until(() => told.length === 1);
  server.entries = server.entries.map((entry) => ({ ...entry, id: "lost-in-a-restore" }));
  server.cut();
  await until(() => server.resumedFrom.length === 2);
  server.revoke({ sid: "s2" });
  await until(() => told.length === 2);
  expect(told.map((entry) => entry.session)).toEqual(["s1", "s2"]);
});

it("resumes behind the last entry after a cut", async () => {
  server.revoke({ sid: "other" });
  await becomes(server.token({ sid: "other" }), "RevokedToken");
  server.refuse = 503;
  server.cut();
  server.revoke({ sid: "s1" }); // while nobody reads
  server.refuse = 0;
  await becomes(server.token(), "RevokedToken");
  expect(server.resumedFrom).toEqual([undefined, "1-1-1"]);
});

it("refuses as stale when the connection is a black hole, and recovers", async () => {
  server.silent = true;
  await becomes(server.token(), "FeedStale");
  expect(verifier.staleness()).toBeGreaterThan(2);
  server.revoke({ sid: "s1" });
  server.silent = false;
  server.cut(); // what it withheld is sent on the next connection, before any heartbeat
  await becomes(server.token(), "RevokedToken");
});

it("lets go of a silent connection also when garbage was collected since it began", async () => {
  await collectGarbage();
  server.silent = true;
  await until(() => server.resumedFrom.length === 2);
  await collectGarbage();
  await verifier.close(); // the fixture's own would wait for ever
});

it("gives up an answer that never ends, whatever garbage was collected", async () => {
  server.hangs = true;
  const refused = verifier.redeem(`7.${"x".repeat(43)}`).catch((error: Error) => error);
  await collectGarbage();
  expect(await refused).toBeInstanceOf(Unavailable);
});

it("refuses as stale when heartbeats say that the log was not read", async () => {
  server.frozenAt = 0.1;
  await becomes(server.token(), "FeedStale");
  server.frozenAt = null;
  await becomes(server.token(), "good");
});

it.each([
  ["no JSON", "event: revocation\nid: 9-9-9\ndata: {nonsense\n\n"],
  ["an entry without an aim", 'event: revocation\nid: 9-9-9\ndata: {"sub":"7","before":1,"exp":2}\n\n'],
  ["a heartbeat without a time", 'event: heartbeat\nid: 9-9-9\ndata: {"head":1}\n\n'],
])("connects again without moving on after %s", async (_name, garbage) => {
  server.write(garbage);
  await until(() => server.resumedFrom.length === 2);
  expect(failures).toHaveLength(1);
  expect(server.resumedFrom[1]).toBeUndefined();
  await becomes(server.token(), "good");
});

it("follows a rotation of keys, and refuses a key that vanished", async () => {
  const old = server.token();
  server.key = newKey("k2");
  server.jwks = { keys: [server.key.jwk] };
  server.cut(); // whenever the feed connects again, the keys are fetched
  await becomes(server.token(), "good");
  await expect(verifier.verify(old)).rejects.toBeInstanceOf(InvalidToken);
});

it("keeps its keys while the server's are away", async () => {
  server.keysDown = true;
  server.cut();
  await until(() => server.resumedFrom.length === 2 && server.keyRequests >= 2);
  await becomes(server.token(), "good");
  await expect(verifier.verify(server.token({}, { kid: "new" }))).rejects.toBeInstanceOf(KeysUnavailable);
});

it("answers a flood of unknown key ids with one request at most", async () => {
  const before = server.keyRequests;
  const flood = Array.from({ length: 200 }, (_, n) => outcome(server.token({}, { kid: `flood-${n}` })));
  expect(new Set(await Promise.all(flood))).toEqual(new Set(["InvalidToken"]));
  expect(server.keyRequests - before).toBeLessThanOrEqual(1);
});

it("tells a watcher that comes too late", async () => {
  const claims = await verifier.verify(server.token());
  server.revoke({ sid: "s1" });
  await becomes(server.token(), "RevokedToken");
  await new Promise<void>((resolve) => verifier.watch(claims, resolve));
  expect(() => verifier.check(claims)).toThrow(RevokedToken);
});

it("says once why it cannot start", async () => {
  const told: string[] = [];
  const onError = (error: unknown) => void told.push((error as Error).message);
  const stranger = createVerifier({ server: server.url, clientId: "svc", clientSecret: "wrong", onError });

  await expect(stranger.start({ timeout: 0.5 })).rejects.toThrow(/answered 401: check clientId and clientSecret/);
  expect(told).toEqual(["the revocation feed answered 401: check clientId and clientSecret"]);
  await stranger.close();
});

const refusing: typeof fetch = () =>
  Promise.reject(new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED 127.0.0.1:1") }));

it("names the port that refuses", async () => {
  const options = { clientId: "svc", clientSecret: SECRET, onError: () => undefined };
  const lonely = createVerifier({ server: "http://127.0.0.1:1", ...options, fetch: refusing });

  await expect(lonely.start({ timeout: 0.3 })).rejects.toThrow(/ECONNREFUSED 127\.0\.0\.1:1/);
  await lonely.close();
});

it("tells once of another issuer whose signature is good", async () => {
  const token = server.token({ iss: "http://other.example" });
  expect([await outcome(token), await outcome(token)]).toEqual(["InvalidToken", "InvalidToken"]);

  const lines = failures.map((error) => (error as Error).message).filter((line) => line.includes("set issuer"));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"http://other.example"');
});
