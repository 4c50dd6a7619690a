import { beforeEach, expect, test } from "vitest";
import { NetworkError } from "../../src/core/index.ts";
import { gate, settled } from "../fakes/clock.ts";
import { claimsOf, offline, PASSWORD } from "../fakes/server.ts";
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

test("a tab that refreshes while it hears of an older rotation keeps its own tokens: the cookie is as new as they", async () => {
  const [one, other] = [await world.signedIn({ mode: "cookie" }), open()];
  await world.within(50, other.client.ready());
  other.channel.frozen = true;
  await one.client.refreshAccessToken();
  other.channel.frozen = false;
  const { passed, open: arrive } = gate();
  world.server.faults["/auth/refresh"] = [(answer) => passed.then(answer)];

  const refreshing = other.client.refreshAccessToken();
  await one.client.getCurrentUser(); // its message has the tokens too
  await settled();
  arrive();
  await refreshing;

  expect(claimsOf(await other.client.accessToken()).gen).toBe(3);
  expect(world.server.cookie).toBe("s1:3");
});

const SEEDS = Array.from({ length: 20 }, (_, i) => i);

test.each(SEEDS)(
  "a slow machine leaves the newest cookie behind, in whatever order answers arrive (%i)",
  async (seed) => {
    const first = await world.signedIn({ mode: "cookie" });
    const tabs = [first, ...Array.from({ length: 19 }, open)];
    await world.within(50, Promise.all(tabs.map(({ client }) => client.ready())));
    await world.untilExpired();
    for (const { channel } of tabs) channel.schedule = (hear) => world.clock.after(LATE, hear);
    world.server.faults["/auth/refresh"] = Array.from({ length: 100 }, (_, i) => slow(((i + seed) * 2711) % SLOW));

    const waking = tabs.map(async ({ client }, i) => {
      await new Promise<void>((resolve) => world.clock.after(i * 200, resolve));
      return client.accessToken();
    });
    await world.within(40_000, Promise.all(waking));
    await world.within(10_000, first.client.refreshAccessToken());

    expect(tabs.map(({ client }) => client.status)).toEqual(tabs.map(() => "signed-in"));
  },
);

/** Milliseconds until a tab hears of another's message. */
const LATE = 300;
/** Milliseconds that no answer takes; after 5,000 a tab gives up. */
const SLOW = 4900;

/** The server answers at once; the answer arrives after `ms`. */
const slow = (ms: number) => async (answer: () => Promise<Response>) => {
  const answered = await answer();
  await new Promise<void>((resolve) => world.clock.after(ms, resolve));
  return answered;
};
