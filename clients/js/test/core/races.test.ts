import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import { createAuthClient, NetworkError, SessionEndedError } from "../../src/core/index.ts";
import { gate, settled } from "../fakes/clock.ts";
import { ANN, claimsOf, json, PASSWORD, refusal } from "../fakes/server.ts";
import { type Tab, World } from "../fakes/world.ts";

const NEW = "another horse, another battery";

let world: World;
beforeEach(() => {
  world = new World();
});

/** Holds back the answer to the next request of a path; the function returned lets it through. */
function delay(path: string): () => void {
  const { passed, open: release } = gate();
  world.server.faults[path] = [
    async (answer) => {
      const answered = await answer();
      await passed;
      return answered;
    },
  ];
  return release;
}

test("a logout whose answer is late leaves a later login alone", async () => {
  const { client } = await world.signedIn();
  const release = delay("/auth/logout");

  const leaving = client.logout();
  await settled();
  await client.login("ann", PASSWORD);
  release();
  await leaving;

  expect(client.status).toBe("signed-in");
  expect(claimsOf(await client.accessToken()).sid).toBe("s2");
});

test("so does the end of all sessions", async () => {
  const { client } = await world.signedIn();
  const release = delay("/auth/sessions");

  const ending = client.endAllSessions();
  await settled();
  await client.login("ann", PASSWORD);
  release();
  await ending;

  expect(claimsOf(await client.accessToken()).sid).toBe("s2");
});

test("a new tab that logs out at once ends the session that it shares", async () => {
  const one = await world.signedIn();
  const { client } = world.tab();

  await world.within(100, client.logout());
  await settled();

  expect([client.status, one.client.status]).toEqual(["signed-out", "signed-out"]);
  expect(world.server.count("/auth/logout")).toBe(1);
});

const SHARING: [string, () => Tab][] = [
  ["local storage", () => world.localTab()],
  ["memory", () => world.tab()],
];

test.each(SHARING)("a new password makes refreshes of all tabs wait for its tokens (%s)", async (_name, open) => {
  const [one, other] = [open(), open()];
  await one.client.login("ann", PASSWORD);
  await settled();
  const release = delay("/auth/change-password");

  const changing = one.client.changePassword(PASSWORD, NEW);
  await settled();
  const refreshing = Promise.all([one.client.refreshAccessToken(), other.client.refreshAccessToken()]);
  await settled();
  release();
  await world.within(1000, Promise.all([changing, refreshing]));
  await settled();

  expect([one, other].map(({ client }) => client.status)).toEqual(["signed-in", "signed-in"]);
  expect(world.server.count("/auth/refresh")).toBe(0);
  expect([one, other].map(({ events }) => events.map(({ type }) => type))).toEqual([
    ["signed-in", "refreshed"],
    ["signed-in", "refreshed"],
  ]);
});

describe.each([...SHARING, ["a browser without locks", () => world.tab({ locks: null })] as const])(
  "a new password, with %s",
  (_name, open) => {
    test("that is refused is no fault of the calls that waited", async () => {
      const { client } = open();
      await client.login("ann", PASSWORD);
      const { passed, open: release } = gate();
      world.server.faults["/things"] = [async () => refusal(401, "invalid_token")];
      world.server.faults["/auth/change-password"] = [() => passed.then(() => refusal(400, "wrong_password"))];

      const changing = client.changePassword("wrong", NEW).catch((error) => error);
      await settled();
      const calling = client.fetch("/things").catch((error) => error);
      await settled();
      release();

      expect(await changing).toMatchObject({ code: "wrong_password" });
      expect(await calling).toHaveProperty("status", 200);
    });

    test("waits for the refresh that is under way", async () => {
      const { client } = open();
      await client.login("ann", PASSWORD);
      const release = delay("/auth/refresh");

      const refreshing = client.refreshAccessToken();
      await settled();
      const changing = client.changePassword(PASSWORD, NEW);
      await settled();
      expect(world.server.count("/auth/change-password")).toBe(0);
      release();
      await world.within(1000, Promise.all([changing, refreshing]));

      expect(world.server.generation()).toBe(3);
      expect((await client.fetch("/things")).status).toBe(200);
    });
  },
);

test("a new password is asked for once more when the token was no longer good", async () => {
  const { client } = await world.signedIn();
  world.server.faults["/auth/change-password"] = [async () => refusal(401, "invalid_token")];

  await world.within(1000, client.changePassword(PASSWORD, NEW));

  expect(world.server.count("/auth/refresh")).toBe(1);
  expect(world.server.count("/auth/change-password")).toBe(2);
});

test("a new password for a session that is over says that it is over", async () => {
  const { client } = await world.signedIn();
  world.server.end();

  await expect(client.changePassword(PASSWORD, NEW)).rejects.toBeInstanceOf(SessionEndedError);
  expect(client.status).toBe("signed-out");
});

test("a new password whose answer comes after a logout does not sign in again", async () => {
  const { client } = await world.signedIn();
  const release = delay("/auth/change-password");

  const changing = client.changePassword(PASSWORD, NEW).catch((error) => error);
  await settled();
  client.clearTokens();
  release();

  expect(await changing).toBeInstanceOf(SessionEndedError);
  expect(client.status).toBe("signed-out");
});

test("the refusal of a token that was replaced meanwhile ends nothing", async () => {
  const { client } = await world.signedIn();
  world.server.faults["/auth/refresh"] = [
    async () => {
      const pair = { refresh_token: "s1:2", token_type: "Bearer", expires_in: 900, refresh_after: 720 };
      client.setTokens({ ...pair, access_token: `h.${btoa('{"sid":"s1","gen":2}')}.s` });
      return refusal(401, "invalid_grant");
    },
  ];

  await client.refreshAccessToken();

  expect(client.status).toBe("signed-in");
});

test("the page does not show one account with the token of another", async () => {
  const { client } = await world.signedIn({ mode: "cookie" });
  await world.signedIn({ mode: "cookie", channel: null }); // somebody else, in the same cookie jar

  await client.refreshAccessToken();

  expect(claimsOf(await client.accessToken()).sid).toBe("s2");
  expect(client.user).toBe(null);
  expect(await client.ready()).toBe("signed-in");
  expect(client.user).toEqual(ANN);
});

test.each([
  ["a page of the café's", () => new Response("<h1>Please buy a coffee</h1>")],
  ["JSON of somebody else", () => json({ status: "ok" })],
  ["null", () => json(null)],
])("%s in place of the tokens counts as no answer", async (_name, answer) => {
  const { client } = await world.signedIn();
  const before = await client.accessToken();
  world.server.faults["/auth/refresh"] = Array(3).fill(async () => answer());
  world.server.faults["/auth/login"] = [async () => answer()];

  await expect(world.within(15_000, client.refreshAccessToken())).rejects.toBeInstanceOf(NetworkError);
  await expect(client.login("ann", PASSWORD)).rejects.toBeInstanceOf(NetworkError);

  expect(await client.accessToken()).toBe(before);
  expect(claimsOf(await client.refreshAccessToken()).sid).toBe("s1");
});

test("a Retry-After by a clock that differs does not keep the client from asking for hours", async () => {
  const { client } = await world.signedIn();
  const later = new Date(Date.now() + 7_200_000).toUTCString();
  world.server.faults["/auth/refresh"] = [async () => refusal(503, "service_unavailable", later)];
  await expect(client.refreshAccessToken()).rejects.toMatchObject({ status: 503 });

  await world.clock.advance(61_000);

  await expect(client.refreshAccessToken()).resolves.toMatch(/^h\./);
});

describe("an address that sends elsewhere", () => {
  let thief: Server;
  let authgate: Server;
  const heard: string[] = [];
  const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  beforeEach(async () => {
    heard.length = 0;
    thief = createServer((request, answer) => {
      request.on("data", (data) => heard.push(String(data)));
      request.on("end", () => answer.end("{}"));
      heard.push(request.headers.authorization ?? "");
    });
    authgate = createServer((request, answer) =>
      answer.writeHead(307, { Location: `${urlOf(thief)}${request.url}` }).end(),
    );
    for (const server of [thief, authgate]) await once(server.listen(0, "127.0.0.1"), "listening");
    return () => [thief, authgate].map((server) => server.close());
  });

  test("gets no token and no password", async () => {
    const client = createAuthClient({ baseURL: urlOf(authgate), random: () => 0 });
    const body = { access_token: "secret", refresh_token: "secret", token_type: "Bearer" };
    client.setTokens({ ...body, expires_in: 60, refresh_after: 48 });
    await client.fetch("/things");
    client.setTokens({ ...body, expires_in: 60, refresh_after: 48 });

    await expect(client.login("ann", "secret")).rejects.toBeInstanceOf(NetworkError);
    await expect(client.refreshAccessToken()).rejects.toBeInstanceOf(NetworkError);
    await expect(client.logout()).rejects.toBeInstanceOf(NetworkError);

    expect(heard.join()).toBe(""); // the call to /things came through, without its token
    expect(heard.length).toBe(1);
  });
});
