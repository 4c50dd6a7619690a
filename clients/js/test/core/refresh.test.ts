import { beforeEach, describe, expect, test } from "vitest";
import { AuthError, NetworkError, SessionEndedError } from "../../src/core/index.ts";
import { gate, settled } from "../fakes/clock.ts";
import { answers, hangs, hangsAfterwards, lostAnswer, offline, PASSWORD } from "../fakes/server.ts";
import { type Tab, World } from "../fakes/world.ts";

const LOCK = "authgate:refresh:authgate";

let world: World;
let tab: Tab;
beforeEach(async () => {
  world = new World();
  tab = await world.signedIn();
});

const refreshes = () => world.server.count("/auth/refresh");

test("a token that is not due is used as it is", async () => {
  await world.clock.advance(719_000);

  await tab.client.accessToken();

  expect(refreshes()).toBe(0);
});

test("a token that is due is replaced behind the call, which does not wait", async () => {
  const before = await tab.client.accessToken();
  await world.untilDue();

  expect(await tab.client.accessToken()).toBe(before);
  await settled();

  expect(await tab.client.accessToken()).not.toBe(before);
  expect(refreshes()).toBe(1);
});

test("a token that is over is replaced before the call", async () => {
  const before = await tab.client.accessToken();
  await world.untilExpired();

  expect(await world.within(100, tab.client.accessToken())).not.toBe(before);
  expect(tab.events.at(-1)).toEqual({ type: "refreshed" });
});

test("fifty calls at once share one refresh", async () => {
  await world.untilExpired();

  const answered = await world.within(
    100,
    Promise.all(Array.from({ length: 50 }, () => tab.client.fetch("/auth/protected"))),
  );

  expect(answered.every((response) => response.ok)).toBe(true);
  expect(refreshes()).toBe(1);
});

test("the answer that was lost is asked for again, and buys the same successor", async () => {
  world.server.faults["/auth/refresh"] = [lostAnswer];

  await world.within(2000, tab.client.refreshAccessToken());

  expect(refreshes()).toBe(2);
  expect(world.server.generation()).toBe(2);
  expect(tab.client.status).toBe("signed-in");
});

test("the answer that never comes is asked for again within the grace", async () => {
  world.server.faults["/auth/refresh"] = [hangsAfterwards];

  await world.within(7000, tab.client.refreshAccessToken());

  expect(world.server.generation()).toBe(2);
  expect(tab.client.status).toBe("signed-in");
});

test("a server that stays silent is given up in bounded time, and the tokens are kept", async () => {
  world.server.faults["/auth/refresh"] = [hangs, hangs, hangs, hangs];

  await expect(world.within(15_000, tab.client.refreshAccessToken())).rejects.toBeInstanceOf(NetworkError);

  expect(refreshes()).toBe(2);
  expect(tab.client.status).toBe("signed-in");
});

test("401 invalid_grant clears the tokens and says so", async () => {
  world.server.end();

  await expect(tab.client.refreshAccessToken()).rejects.toBeInstanceOf(SessionEndedError);
  await settled();

  expect(tab.client.status).toBe("signed-out");
  expect(tab.events.at(-1)).toEqual({ type: "signed-out", reason: "session-ended" });
});

describe.each([
  ["the network is away", [offline, offline, offline]],
  ["503 without an end", Array(3).fill(answers(503, "service_unavailable", "1"))],
  ["503 for long", [answers(503, "service_unavailable", "60")]],
  ["429", [answers(429, "rate_limited", "30")]],
  ["500", [answers(500, "internal_error")]],
  ["401 of somebody else", [answers(401, "proxy_login")]],
  ["403", [answers(403, "forbidden_origin")]],
  ["400 invalid_grant", [answers(400, "invalid_grant")]],
])("%s", (_name, faults) => {
  test("clears nothing, and the next refresh works", async () => {
    world.server.faults["/auth/refresh"] = [...faults];

    await expect(world.within(10_000, tab.client.refreshAccessToken())).rejects.toBeInstanceOf(AuthError);
    expect(tab.client.status).toBe("signed-in");
    await world.clock.advance(60_000);

    await expect(world.within(100, tab.client.refreshAccessToken())).resolves.toMatch(/^h\./);
  });
});

test("Retry-After is waited for, and a little more", async () => {
  world.server.faults["/auth/refresh"] = [answers(503, "service_unavailable", "2")];
  const refreshing = tab.client.refreshAccessToken();

  await world.clock.advance(2400);
  expect(refreshes()).toBe(1);
  await world.clock.advance(200);
  expect(refreshes()).toBe(2);

  await refreshing;
});

test("while the server asks for patience nobody bothers it, and a good token is still used", async () => {
  await world.untilDue();
  world.server.faults["/auth/refresh"] = [answers(429, "rate_limited", "30")];
  await expect(tab.client.refreshAccessToken()).rejects.toMatchObject({ retryAfter: 30 });

  await expect(tab.client.refreshAccessToken()).rejects.toMatchObject({ code: "rate_limited" });
  expect((await tab.client.fetch("/auth/protected")).ok).toBe(true);
  await settled();

  expect(refreshes()).toBe(1);
});

test("who aborts stops waiting; the refresh goes on for the others", async () => {
  await world.untilExpired();
  const { passed, open: release } = gate();
  world.server.faults["/auth/refresh"] = [(answer) => passed.then(answer)];
  const caller = new AbortController();

  const impatient = tab.client.accessToken({ signal: caller.signal });
  const patient = tab.client.accessToken();
  await world.clock.advance(100);
  caller.abort();

  await expect(impatient).rejects.toHaveProperty("name", "AbortError");
  release();
  await expect(patient).resolves.toMatch(/^h\./);
  expect(refreshes()).toBe(1);
});

test("a lock that somebody asleep holds is passed after six seconds, longer than a refresh takes", async () => {
  world.browser.locks.stuck.add(LOCK);
  const refreshing = tab.client.refreshAccessToken();

  await world.clock.advance(5900);
  expect(refreshes()).toBe(0);
  await world.clock.advance(200);

  await expect(refreshing).resolves.toMatch(/^h\./);
  expect([...world.browser.locks.names]).toEqual([LOCK, `${LOCK}:pass`]);
});

test("two tabs asleep keep nobody waiting for longer than twice that", async () => {
  world.browser.locks.stuck.add(LOCK).add(`${LOCK}:pass`);

  await expect(world.within(12_100, tab.client.refreshAccessToken())).resolves.toMatch(/^h\./);
});

test("a page that may not have locks refreshes without", async () => {
  const locks = { request: () => Promise.reject(new DOMException("no", "SecurityError")) };
  const { client } = await world.signedIn({ locks });

  await expect(client.refreshAccessToken()).resolves.toMatch(/^h\./);
});

test("the error of a refresh under the lock is the error of the refresh", async () => {
  world.server.faults["/auth/refresh"] = [answers(500, "internal_error")];

  await expect(tab.client.refreshAccessToken()).rejects.toMatchObject({ code: "internal_error" });
  expect(refreshes()).toBe(1);
});

test("without locks, as in Node, calls of one client still share a refresh", async () => {
  const { client } = await world.signedIn({ locks: null, channel: null });
  await world.untilExpired();

  await Promise.all(Array.from({ length: 50 }, () => client.fetch("/auth/protected")));

  expect(refreshes()).toBe(1);
});

test("the refusal of an old session does not end the one that began meanwhile", async () => {
  world.server.end();
  const { passed, open: release } = gate();
  world.server.faults["/auth/refresh"] = [(answer) => passed.then(answer)];

  const refreshing = tab.client.refreshAccessToken();
  await settled();
  await tab.client.login("ann", PASSWORD);
  release();

  await expect(refreshing).resolves.toBe(await tab.client.accessToken());
  expect(tab.client.status).toBe("signed-in");
});

test("whoever has aborted already gets no token", async () => {
  await expect(tab.client.accessToken({ signal: AbortSignal.abort() })).rejects.toHaveProperty("name", "AbortError");
});
