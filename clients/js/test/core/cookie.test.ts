import { beforeEach, expect, test } from "vitest";
import { NetworkError } from "../../src/core/index.ts";
import { settled } from "../fakes/clock.ts";
import { offline, PASSWORD } from "../fakes/server.ts";
import { World } from "../fakes/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});

const open = () => world.tab({ mode: "cookie" });

async function reloaded() {
  const { client } = await world.signedIn({ mode: "cookie" });
  client.close();
  return open();
}

test("the refresh token is nowhere that scripts could read", async () => {
  const written: (string | null)[] = [];
  const storage = {
    shared: false,
    get: () => written.at(-1) ?? null,
    set: (value: string | null) => written.push(value),
  };

  await world.signedIn({ mode: "cookie", storage });

  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0] as string).refresh_token).toBe(null);
});

test("login, refresh, change of password and logout opt in, and send the cookie along", async () => {
  const { client } = await world.signedIn({ mode: "cookie" });
  await client.refreshAccessToken();
  await world.within(500, client.changePassword(PASSWORD, "another horse, another battery"));
  await client.logout();

  for (const path of ["/auth/login", "/auth/refresh", "/auth/change-password", "/auth/logout"]) {
    expect(world.server.last(path).headers.get("Authgate-Token-Mode")).toBe("cookie");
    expect(world.server.last(path).credentials).toBe("include");
  }
  expect(world.server.last("/auth/refresh").body).toBe("");
  expect(world.server.cookie).toBe(null);
});

test("without cookie mode nothing opts in, and no cookie is sent", async () => {
  await world.signedIn();

  expect(world.server.last("/auth/login").headers.get("Authgate-Token-Mode")).toBe(null);
  expect(world.server.last("/auth/login").credentials).toBe("omit");
});

test("a page that was loaded again is signed in by the cookie", async () => {
  const { client, events } = await reloaded();
  expect(client.status).toBe("unknown");

  expect(await world.within(100, client.ready())).toBe("signed-in");
  await settled();

  expect(client.user?.username).toBe("ann");
  expect(events.map((event) => event.type)).toEqual(["signed-in", "user"]);
});

test("the first call does the same", async () => {
  const { client } = await reloaded();

  const answers = await world.within(100, Promise.all([client.fetch("/things"), client.fetch("/things")]));

  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  expect(world.server.count("/auth/refresh")).toBe(1);
});

test("without a cookie nobody is signed in, and that is asked once", async () => {
  const { client, events } = open();

  expect(await world.within(100, client.ready())).toBe("signed-out");
  expect((await client.fetch("/things")).status).toBe(401);
  expect(await client.ready()).toBe("signed-out");
  await settled();

  expect(world.server.count("/auth/refresh")).toBe(1);
  expect(events).toEqual([{ type: "signed-out", reason: "nobody" }]);
});

test("an outage at the start leaves it open who is signed in, and can be tried again", async () => {
  const { client } = await reloaded();
  world.server.faults["/auth/refresh"] = [offline, offline, offline];

  await expect(world.within(10_000, client.ready())).rejects.toBeInstanceOf(NetworkError);
  expect(client.status).toBe("unknown");

  expect(await world.within(100, client.ready())).toBe("signed-in");
});

test("tokens given from outside count without a refresh", async () => {
  const { client } = open();
  client.setTokens({
    access_token: "opaque",
    refresh_token: null,
    token_type: "Bearer",
    expires_in: 60,
    refresh_after: 48,
  });

  expect(await client.accessToken()).toBe("opaque");
  expect(world.server.seen).toEqual([]);
});
