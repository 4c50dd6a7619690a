import { beforeEach, expect, test, vi } from "vitest";
import { AuthError, createAuthClient, NetworkError, SessionEndedError } from "../../src/core/index.ts";
import { gate, settled } from "../fakes/clock.ts";
import { ANN, answers, claimsOf, lostAnswer, offline, PASSWORD } from "../fakes/server.ts";
import { World } from "../fakes/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});

test("login keeps the tokens and tells listeners", async () => {
  const { client, events } = world.tab();

  const body = await client.login("ann", PASSWORD);
  await settled();

  expect(body.user).toEqual(ANN);
  expect(client.user).toEqual(ANN);
  expect(client.isAuthenticated()).toBe(true);
  expect(events).toEqual([{ type: "signed-in", user: ANN, reason: "here" }]);
});

test("register repeats the password when it is not confirmed", async () => {
  const { client } = world.tab();

  await client.register({ username: "ann", email: ANN.email, password: PASSWORD });

  expect(JSON.parse(world.server.last("/auth/register").body).password_confirm).toBe(PASSWORD);
  expect(client.status).toBe("signed-in");
});

test("a refused login says why, and changes nothing", async () => {
  const { client } = await world.signedIn();

  const refused = await client.login("ann", "wrong").catch((error) => error);

  expect(refused).toBeInstanceOf(AuthError);
  expect(refused).toMatchObject({ code: "invalid_credentials", status: 401, message: "It is invalid_credentials." });
  expect(client.status).toBe("signed-in");
});

test("both tokens and the user change in one write", async () => {
  const { client } = world.localTab();

  await client.login("ann", PASSWORD);
  expect(world.browser.writes).toBe(1);
  await client.refreshAccessToken();
  expect(world.browser.writes).toBe(2);
});

test("another client on the same storage is signed in from the start", async () => {
  await world.localTab().client.login("ann", PASSWORD);

  expect(world.localTab().client.user).toEqual(ANN);
});

test("logout ends the session at the server and here", async () => {
  const { client, events } = await world.signedIn();

  await client.logout();
  await settled();

  expect(JSON.parse(world.server.last("/auth/logout").body)).toEqual({ refresh_token: "s1:1" });
  expect(client.status).toBe("signed-out");
  expect(events.at(-1)).toEqual({ type: "signed-out", reason: "logout" });
});

test("logout of a session that is over already is no error", async () => {
  const { client } = await world.signedIn();
  world.server.end();

  await client.logout();

  expect(client.status).toBe("signed-out");
});

test("logout that cannot reach the server says so, and forgets the tokens all the same", async () => {
  const { client } = await world.signedIn();
  world.server.faults["/auth/logout"] = [offline];

  await expect(client.logout()).rejects.toBeInstanceOf(NetworkError);

  expect(client.status).toBe("signed-out");
});

test("a refresh that was under way does not bring a logged-out session back", async () => {
  const { client } = await world.signedIn();
  const { passed, open: release } = gate();
  world.server.faults["/auth/refresh"] = [(answer) => passed.then(answer)];

  const refreshing = client.refreshAccessToken().catch((error) => error);
  await settled();
  client.clearTokens();
  release();

  expect(await refreshing).toBeInstanceOf(SessionEndedError);
  expect(client.status).toBe("signed-out");
});

test("a refresh that was under way does not replace a later login", async () => {
  const { client } = await world.signedIn();
  const { passed, open: release } = gate();
  world.server.faults["/auth/refresh"] = [(answer) => passed.then(answer)];

  const refreshing = client.refreshAccessToken();
  await settled();
  await client.login("ann", PASSWORD);
  release();

  expect(claimsOf(await refreshing).sid).toBe("s2");
  expect(claimsOf(await client.accessToken()).sid).toBe("s2");
});

test("changing the password goes on with the pair in the answer", async () => {
  const { client } = await world.signedIn();

  await world.within(500, client.changePassword(PASSWORD, "another horse, another battery"));
  await client.refreshAccessToken();

  expect(JSON.parse(world.server.last("/auth/change-password").body).new_password_confirm).toBe(
    "another horse, another battery",
  );
  expect(world.server.generation()).toBe(3);
  expect(client.user).toEqual(ANN);
});

test("without anybody signed in there is no token, and no request", async () => {
  const { client } = world.tab();
  client.clearTokens();

  await expect(client.accessToken()).rejects.toBeInstanceOf(SessionEndedError);
  await expect(client.refreshAccessToken()).rejects.toBeInstanceOf(SessionEndedError);

  expect(world.server.seen).toEqual([]);
});

test("a user that the server now describes otherwise is told of", async () => {
  const { client, events } = await world.signedIn();
  world.server.faults["/auth/me"] = [async () => Response.json({ ...ANN, is_staff: true })];

  await client.getCurrentUser();
  await settled();

  expect(client.user?.is_staff).toBe(true);
  expect(events.at(-1)).toMatchObject({ type: "user", user: { is_staff: true } });
});

test("a listener that throws does not stop the others or the login", async () => {
  const { client } = world.tab();
  const heard: string[] = [];
  const uncaught = new Promise((resolve) => process.once("uncaughtException", resolve));
  client.onChange(() => {
    throw new Error("a listener's own");
  });
  client.onChange((event) => heard.push(event.type));

  await client.login("ann", PASSWORD);
  await settled();

  expect(heard).toEqual(["signed-in"]);
  expect(await uncaught).toMatchObject({ message: "a listener's own" });
});

test("storage in which somebody else wrote counts as empty", () => {
  const { client } = world.tab({ storage: { shared: true, get: () => "{broken", set: () => {} } });

  expect(client.status).toBe("signed-out");
});

test("an answer that is not ours is an error with its status", async () => {
  const { client } = world.tab();
  world.server.faults["/auth/login"] = [async () => new Response("<h1>Bad gateway</h1>", { status: 502 })];

  await expect(client.login("ann", PASSWORD)).rejects.toMatchObject({ code: "http_502", status: 502 });
});

test("a login whose answer was lost is not repeated", async () => {
  const { client } = world.tab();
  world.server.faults["/auth/login"] = [lostAnswer];

  await expect(client.login("ann", PASSWORD)).rejects.toBeInstanceOf(NetworkError);

  expect(world.server.count("/auth/login")).toBe(1);
});

test("a limited login says how long to wait, and does not wait by itself", async () => {
  const { client } = world.tab();
  world.server.faults["/auth/login"] = [answers(429, "rate_limited", "7")];

  await expect(client.login("ann", PASSWORD)).rejects.toMatchObject({ code: "rate_limited", retryAfter: 7 });
});

test("methods work when they are taken off the client", async () => {
  const { login, getCurrentUser, isAuthenticated } = world.tab().client;

  await login("ann", PASSWORD);

  expect(await getCurrentUser()).toEqual(ANN);
  expect(isAuthenticated()).toBe(true);
});

test("a base URL that leads nowhere is no fault until somebody calls", async () => {
  const client = createAuthClient();

  expect(client.status).toBe("signed-out");
  await expect(client.login("ann", PASSWORD)).rejects.toThrow(/baseURL "\/api" .* give an absolute one/);
  await expect(client.fetch("/things")).rejects.toThrow(TypeError);
});

test("a page's own origin is what a relative base URL belongs to", async () => {
  vi.stubGlobal("location", new URL("https://auth.example.com/some/page"));
  const { client } = world.tab({ baseURL: "/api/" });
  vi.unstubAllGlobals();

  await client.login("ann", PASSWORD);

  expect((await client.fetch("/things")).ok).toBe(true);
});
