import { beforeEach, expect, test } from "vitest";
import { AuthError, NetworkError } from "../../src/core/index.ts";
import { settled } from "../fakes/clock.ts";
import { answers, BASE, hangs, lostAnswer, offline, PASSWORD } from "../fakes/server.ts";
import { type Tab, World } from "../fakes/world.ts";

let world: World;
let tab: Tab;
beforeEach(async () => {
  world = new World();
  tab = await world.signedIn();
});

const bearer = (path: string) => world.server.last(path).headers.get("Authorization");

test.each([
  "/things?q=1",
  "things?q=1",
  `${BASE}/things?q=1`,
  new URL(`${BASE}/things?q=1`),
  new Request(`${BASE}/things`),
])("the token goes with %s", async (input) => {
  await tab.client.fetch(input);

  expect(bearer("/things")).toBe(`Bearer ${await tab.client.accessToken()}`);
});

test.each([
  "https://elsewhere.example/things",
  "https://auth.example.com.evil.example/things",
  "http://auth.example.com/things",
])("the token does not go to %s", async (url) => {
  await tab.client.fetch(url);

  expect(world.server.seen.at(-1)?.headers.get("Authorization")).toBe(null);
});

test("a 401 from elsewhere neither refreshes nor brings the token there", async () => {
  world.server.faults["/things"] = [answers(401, "invalid_token")];

  expect((await tab.client.fetch("https://elsewhere.example/things")).status).toBe(401);

  expect(world.server.count("/things")).toBe(1);
  expect(world.server.count("/auth/refresh")).toBe(0);
});

test("a path that looks like another host stays below the base URL", async () => {
  await tab.client.fetch("//elsewhere.example/things");

  expect(bearer("/elsewhere.example/things")).toMatch(/^Bearer /);
});

test("further origins may be trusted", async () => {
  const { client } = await world.signedIn({ origins: ["https://api.example.com/any/path"] });

  await client.fetch("https://api.example.com/things");

  expect(bearer("/things")).toMatch(/^Bearer /);
});

test("a credential of the caller's own is left alone", async () => {
  await tab.client.fetch("/things", { headers: { Authorization: "Basic abc" } });

  expect(bearer("/things")).toBe("Basic abc");
});

test("without anybody signed in the call goes without a token, and its 401 is the answer", async () => {
  tab.client.clearTokens();

  const response = await tab.client.fetch("/things");

  expect(response.status).toBe(401);
  expect(world.server.count("/auth/refresh")).toBe(0);
});

test("a 401 is met with one refresh and one more attempt", async () => {
  world.server.faults["/things"] = [answers(401, "invalid_token")];

  const response = await tab.client.fetch("/things", { method: "POST", body: "once more" });

  expect(response.status).toBe(200);
  expect(world.server.last("/things").body).toBe("once more");
  expect(world.server.count("/auth/refresh")).toBe(1);
});

test("a request object is sent again whole", async () => {
  world.server.faults["/things"] = [answers(401, "invalid_token")];

  const request = new Request(`${BASE}/things`, { method: "POST", body: "whole", headers: { "X-Own": "1" } });
  await tab.client.fetch(request);

  expect(world.server.last("/things").body).toBe("whole");
  expect(world.server.last("/things").headers.get("X-Own")).toBe("1");
});

test("a second 401 is the answer", async () => {
  world.server.faults["/things"] = Array(5).fill(answers(401, "invalid_token"));

  expect((await tab.client.fetch("/things")).status).toBe(401);
  expect(world.server.count("/things")).toBe(2);
});

test("a token that was replaced while the call was under way is not replaced again", async () => {
  const [one, other] = [world.localTab(), world.localTab()];
  await one.client.login("ann", PASSWORD);
  world.server.faults["/things"] = [
    async () => {
      await other.client.refreshAccessToken();
      return new Response(null, { status: 401 });
    },
  ];

  expect((await one.client.fetch("/things")).status).toBe(200);
  expect(world.server.count("/auth/refresh")).toBe(1);
});

test("a stream is sent again whole", async () => {
  world.server.faults["/things"] = [answers(401, "invalid_token")];
  const body = new Response("stream").body;

  await tab.client.fetch("/things", { method: "POST", body, duplex: "half" } as RequestInit);

  expect(world.server.last("/things").body).toBe("stream");
});

test("a session that is over leaves the 401 as the answer", async () => {
  world.server.end();

  expect((await tab.client.fetch("/things")).status).toBe(401);
  expect(tab.client.status).toBe("signed-out");
});

test("an outage during the refresh is no 401", async () => {
  await world.untilExpired();
  world.server.faults["/auth/refresh"] = Array(5).fill(offline);

  await expect(world.within(10_000, tab.client.fetch("/things"))).rejects.toBeInstanceOf(NetworkError);
});

test.each(["GET", "PUT", "DELETE"])("%s waits as Retry-After says, and asks again", async (method) => {
  world.server.faults["/things"] = [answers(503, "service_unavailable", "1"), answers(429, "rate_limited", "2")];
  const asking = tab.client.fetch("/things", { method });

  await world.clock.advance(900);
  expect(world.server.count("/things")).toBe(1);
  await world.clock.advance(3000);

  expect((await asking).status).toBe(200);
});

test("a POST is not repeated after 503: it may have been done", async () => {
  world.server.faults["/things"] = [answers(503, "service_unavailable", "1")];

  expect((await tab.client.fetch("/things", { method: "POST" })).status).toBe(503);
});

test.each([
  ["it is too long", "60"],
  ["there is none", undefined],
  ["nobody can read it", "soon"],
])("Retry-After is not waited for when %s", async (_name, field) => {
  world.server.faults["/things"] = [answers(503, "service_unavailable", field)];

  expect((await tab.client.fetch("/things")).status).toBe(503);
});

test("patience has an end", async () => {
  world.server.faults["/things"] = Array(9).fill(answers(503, "service_unavailable", "1"));

  expect((await world.within(20_000, tab.client.fetch("/things"))).status).toBe(503);
  expect(world.server.count("/things")).toBe(3);
});

test("waiting can be aborted", async () => {
  world.server.faults["/things"] = [answers(503, "service_unavailable", "5")];
  const caller = new AbortController();
  const asking = tab.client.fetch("/things", { signal: caller.signal });
  asking.catch(() => {});
  await world.clock.advance(1000);

  caller.abort();

  await expect(asking).rejects.toHaveProperty("name", "AbortError");
});

test("a request that was aborted beforehand is not sent", async () => {
  const sent = world.server.seen.length;

  await expect(tab.client.fetch("/things", { signal: AbortSignal.abort() })).rejects.toHaveProperty(
    "name",
    "AbortError",
  );
  expect(world.server.seen.length).toBe(sent);
});

test("a request that is aborted under way is aborted, and no network fault", async () => {
  world.server.faults["/things"] = [hangs];
  const caller = new AbortController();
  const asking = tab.client.fetch("/things", { signal: caller.signal });
  await settled();

  caller.abort();

  await expect(asking).rejects.toHaveProperty("name", "AbortError");
});

test("a network fault is a NetworkError with its cause", async () => {
  world.server.faults["/things"] = [offline];

  await expect(tab.client.fetch("/things")).rejects.toMatchObject({
    code: "network_error",
    status: 0,
    cause: expect.any(TypeError),
  });
});

test("apiCall sends objects as JSON and reads the JSON of the answer", async () => {
  const answer = await tab.client.apiCall<{ path: string }>("/things", { method: "POST", body: { a: [1] } });

  expect(answer.path).toBe("/things");
  expect(world.server.last("/things").body).toBe('{"a":[1]}');
  expect(world.server.last("/things").headers.get("Content-Type")).toBe("application/json");
});

test("apiCall leaves forms as they are", async () => {
  await tab.client.apiCall("/things", { method: "POST", body: new URLSearchParams({ a: "1" }) });

  expect(world.server.last("/things").headers.get("Content-Type")).toMatch(/^application\/x-www-form-urlencoded/);
});

test("apiCall rejects with what the server said", async () => {
  world.server.faults["/things"] = [answers(403, "insufficient_scope")];

  const refused = await tab.client.apiCall("/things").catch((error) => error);

  expect(refused).toBeInstanceOf(AuthError);
  expect(refused).toMatchObject({ code: "insufficient_scope", status: 403, details: null, retryAfter: null });
});

test("apiCall has nothing to say of an answer without content", async () => {
  world.server.faults["/things"] = [async () => new Response(null, { status: 204 })];

  expect(await tab.client.apiCall("/things")).toBe(undefined);
});

test("an answer that is cut in the middle is a NetworkError", async () => {
  world.server.faults["/things"] = [async () => new Response('{"cut":')];

  await expect(tab.client.apiCall("/things")).rejects.toBeInstanceOf(NetworkError);
});

test("lists are paged", async () => {
  await tab.client.sessions({ limit: 5, cursor: "a b" });
  await tab.client.loginHistory();
  await tab.client.securityEvents({ cursor: null });

  expect(world.server.seen.slice(-3).map(({ path, query }) => path + query)).toEqual([
    "/auth/sessions?limit=5&cursor=a+b",
    "/auth/login-history",
    "/auth/security-events",
  ]);
});

test("sessions are ended one, all others, or all", async () => {
  await tab.client.endSession("a/b");
  await tab.client.endOtherSessions();
  expect(tab.client.status).toBe("signed-in");
  await tab.client.endAllSessions();

  expect(tab.client.status).toBe("signed-out");
  expect(world.server.seen.slice(-3).map(({ path, query }) => path + query)).toEqual([
    "/auth/sessions/a%2Fb",
    "/auth/sessions",
    "/auth/sessions?all=true",
  ]);
});

test("an answer whose work was done and lost is not asked for twice", async () => {
  world.server.faults["/things"] = [lostAnswer];

  await expect(tab.client.fetch("/things")).rejects.toBeInstanceOf(NetworkError);
  expect(world.server.count("/things")).toBe(1);
});
