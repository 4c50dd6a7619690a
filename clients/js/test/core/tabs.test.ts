import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SessionEndedError, type TokenStorage } from "../../src/core/index.ts";
import { settled } from "../fakes/clock.ts";
import { answers, claimsOf, offline, PASSWORD } from "../fakes/server.ts";
import { type Tab, World } from "../fakes/world.ts";

const TABS = 20;

let world: World;
beforeEach(() => {
  world = new World();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const refreshes = () => world.server.count("/auth/refresh");

const kinds: [string, () => Tab][] = [
  ["local storage", () => world.localTab()],
  ["memory", () => world.tab()],
  ["cookie mode", () => world.tab({ mode: "cookie" })],
];

describe.each(kinds)("twenty tabs with %s", (_name, open) => {
  let tabs: Tab[];
  beforeEach(async () => {
    tabs = Array.from({ length: TABS }, open);
    await tabs[0]?.client.login("ann", PASSWORD);
    await settled();
  });

  test("are all signed in by one login", () => {
    expect(tabs.map((tab) => tab.client.status)).toEqual(Array(TABS).fill("signed-in"));
    expect(tabs.slice(1).map((tab) => tab.events)).toEqual(
      Array(TABS - 1).fill([expect.objectContaining({ type: "signed-in", reason: "other-tab" })]),
    );
  });

  test("refresh once when all need it at once", async () => {
    await world.untilExpired();

    const tokens = await world.within(3000, Promise.all(tabs.map((tab) => tab.client.accessToken())));

    expect(new Set(tokens).size).toBe(1);
    expect(refreshes()).toBe(1);
    expect(world.server.generation()).toBe(2);
  });

  test("refresh once when the holder of the lock is asleep", async () => {
    await world.untilExpired();
    world.browser.locks.stuck.add("authgate:refresh:authgate");

    await world.within(10_000, Promise.all(tabs.map((tab) => tab.client.accessToken())));

    expect(refreshes()).toBe(1);
    expect(tabs.every((tab) => tab.client.isAuthenticated())).toBe(true);
  });

  test("that wake together do not flood each other", async () => {
    await world.untilExpired(20_000);
    const before = world.browser.messages;

    await world.within(3000, Promise.all(tabs.map((tab) => tab.client.accessToken())));

    expect(refreshes()).toBe(1);
    expect(world.browser.messages - before).toBeLessThanOrEqual(2 * TABS);
  });

  test("are all signed out by one logout", async () => {
    await tabs[3]?.client.logout();
    await settled();

    expect(tabs.map((tab) => tab.client.status)).toEqual(Array(TABS).fill("signed-out"));
    expect(tabs[4]?.events.at(-1)).toEqual({ type: "signed-out", reason: "other-tab" });
  });

  test("are all signed out when one learns that the session is over", async () => {
    world.server.end();

    await expect(tabs[5]?.client.refreshAccessToken()).rejects.toBeInstanceOf(SessionEndedError);
    await settled();

    expect(tabs.map((tab) => tab.client.status)).toEqual(Array(TABS).fill("signed-out"));
    expect(refreshes()).toBe(1);
  });

  test("stay signed in through an outage, and ask in turns", async () => {
    await world.untilExpired();
    world.server.faults["/auth/refresh"] = Array(500).fill(answers(503, "service_unavailable", "1"));
    const calls = tabs.map((tab) => tab.client.accessToken().catch((error) => error.code));

    await world.clock.advance(20_000);

    expect(new Set(await Promise.all(calls))).toEqual(new Set(["service_unavailable"]));
    expect(tabs.every((tab) => tab.client.isAuthenticated())).toBe(true);
    expect(refreshes()).toBeLessThanOrEqual(3 * TABS);
  });

  test("follow one who changes the password", async () => {
    await world.within(
      500,
      tabs[0]?.client.changePassword(PASSWORD, "another horse, another battery") as Promise<void>,
    );
    await settled();
    await tabs[7]?.client.refreshAccessToken();

    expect(world.server.generation()).toBe(3);
    expect(tabs[7]?.client.isAuthenticated()).toBe(true);
  });

  test("follow one who logs in as somebody else", async () => {
    await tabs[1]?.client.login("ann", PASSWORD);
    await settled();

    const tokens = await Promise.all(tabs.map((tab) => tab.client.accessToken()));

    expect(new Set(tokens.map((token) => claimsOf(token).sid))).toEqual(new Set(["s2"]));
  });
});

test("with shared storage no token travels on the channel", async () => {
  const heard: unknown[] = [];
  const listener = world.browser.channel();
  listener.onmessage = (event) => heard.push(event.data);

  const { client } = world.localTab();
  await client.login("ann", PASSWORD);
  await client.refreshAccessToken();
  await settled();

  expect(heard).toEqual([{ type: "stored" }, { type: "stored" }]);
});

test("in cookie mode no refresh token travels on the channel", async () => {
  const heard: string[] = [];
  const listener = world.browser.channel();
  listener.onmessage = (event) => heard.push(JSON.stringify(event.data));

  await world.tab({ mode: "cookie" }).client.login("ann", PASSWORD);
  await settled();

  expect(heard).toHaveLength(1);
  expect(heard[0]).toContain('"refresh_token":null');
});

test("a new tab without storage asks the others", async () => {
  await world.signedIn();
  const { client } = world.tab();

  expect(client.status).toBe("unknown");
  expect(await world.within(10, client.ready())).toBe("signed-in");
  expect(client.user?.username).toBe("ann");
  expect(refreshes()).toBe(0);
});

test("a new tab that is alone learns in a moment that nobody is signed in", async () => {
  const { client, events } = world.tab();

  expect(await world.within(50, client.ready())).toBe("signed-out");
  await settled();

  expect(events).toEqual([{ type: "signed-out", reason: "nobody" }]);
  expect(world.server.seen).toEqual([]);
});

test("a frozen tab in memory asks for what it missed, instead of reusing its old token", async () => {
  const [one, other] = [await world.signedIn(), world.tab()];
  await world.within(50, other.client.ready());
  other.channel.frozen = true;
  await world.untilDue();
  await one.client.refreshAccessToken();
  await world.clock.advance(60_000);
  other.channel.frozen = false;

  await world.within(100, other.client.refreshAccessToken());

  expect(one.client.isAuthenticated()).toBe(true);
  expect(other.client.isAuthenticated()).toBe(true);
});

test("a frozen tab waits for the answer that has news, though another as far behind as itself answers first", async () => {
  const behind = world.browser.channel(); // a page loaded when every tab answered every question
  const [one, other] = [await world.signedIn(), world.tab()];
  await world.within(50, other.client.ready());
  const old = { access_token: await other.client.accessToken(), refresh_token: "s1:1", expires_at: 0, refresh_at: 0 };
  other.channel.frozen = true;
  await world.untilDue();
  await one.client.refreshAccessToken();
  await world.clock.advance(60_000);
  other.channel.frozen = false;
  behind.onmessage = ({ data }) => {
    if (data.type === "who") behind.postMessage({ type: "tokens", tokens: { ...old, user: null } });
  };
  one.channel.schedule = setImmediate;

  await world.within(100, other.client.refreshAccessToken());

  expect(one.client.isAuthenticated()).toBe(true);
  expect(other.client.isAuthenticated()).toBe(true);
});

test("a tab that missed every message reads the shared storage before it refreshes", async () => {
  const [one, other] = [world.localTab(), world.localTab()];
  other.channel.frozen = true;
  await one.client.login("ann", PASSWORD);
  await world.untilExpired();
  await world.within(100, one.client.accessToken());

  await other.client.accessToken();

  expect(refreshes()).toBe(1);
});

test("tokens of a session that ended here are not taken back from a tab that missed it", async () => {
  const { client } = await world.signedIn();
  const access_token = await client.accessToken();
  await client.logout();

  const tokens = { access_token, refresh_token: "s1:1", expires_at: 9e15, refresh_at: 9e15, user: null };
  world.browser.channel().postMessage({ type: "tokens", tokens });
  await settled();

  expect(client.status).toBe("signed-out");
});

test("the end of another session does not end this one", async () => {
  const { client } = await world.signedIn();

  world.browser.channel().postMessage({ type: "ended", sid: "s9" });
  await settled();

  expect(client.status).toBe("signed-in");
});

test("with shared storage nobody is asked, and nobody waits for an answer", async () => {
  const { client } = world.localTab();
  await client.login("ann", PASSWORD);
  await world.untilExpired();

  await client.accessToken();

  expect(refreshes()).toBe(1);
});

test("older tokens of the same session do not replace newer ones", async () => {
  const { client, channel } = await world.signedIn();
  const old = {
    access_token: await client.accessToken(),
    refresh_token: "s1:1",
    expires_at: 9e15, // lifetimes are spread: the older of two may live longer
    refresh_at: 9e15,
    user: null,
  };
  await client.refreshAccessToken();
  const now = await client.accessToken();

  world.browser.channel().postMessage({ type: "tokens", tokens: old });
  await settled();

  expect(channel.frozen).toBe(false);
  expect(await client.accessToken()).toBe(now);
});

test("a tab whose shared storage is behind the channel hears of the end when it arrives", async () => {
  const { storage, arrive } = lateStorage(world.browser.localStorage());
  const { client } = world.localTab();
  await client.login("ann", PASSWORD);
  const late = world.tab({ storage });
  arrive();

  await client.logout();
  await settled();
  expect(late.client.status).toBe("signed-in");
  arrive();

  expect(late.client.status).toBe("signed-out");
});

/** As localStorage is where each tab has a process of its own: a write is seen when `arrive` is called. */
function lateStorage(storage: TokenStorage): { storage: TokenStorage; arrive: () => void } {
  let seen: string | null = null;
  let tell = () => {};
  const watch = (changed: () => void) => {
    tell = changed;
    return () => {};
  };
  const arrive = () => {
    seen = storage.get();
    tell();
  };
  return { storage: { ...storage, get: () => seen, watch }, arrive };
}

test("tabs with session storage keep to themselves, but a duplicated tab follows the rotations of its twin", async () => {
  const one = sessionTab(world);
  const stranger = sessionTab(world);
  await one.client.login("ann", PASSWORD);
  const twin = sessionTab(world, one.stored);

  await one.client.refreshAccessToken();
  await settled();
  expect(await twin.client.accessToken()).toBe(await one.client.accessToken());
  expect(stranger.client.status).not.toBe("signed-in");

  await twin.client.logout();
  await settled();
  expect(one.client.status).toBe("signed-out");
});

test("a browser that forbids storage gets memory", async () => {
  vi.stubGlobal("localStorage", {
    setItem() {
      throw new DOMException("no", "SecurityError");
    },
  });

  const { client } = await world.signedIn({ storage: "local" });

  expect(client.status).toBe("signed-in");
});

test("a failed refresh in one tab does not stop another", async () => {
  const [one, other] = [world.localTab(), world.localTab()];
  await one.client.login("ann", PASSWORD);
  world.server.faults["/auth/refresh"] = [offline, offline, offline];
  await expect(world.within(5000, one.client.refreshAccessToken())).rejects.toHaveProperty("code", "network_error");

  await other.client.refreshAccessToken();

  expect(one.client.isAuthenticated()).toBe(true);
  expect(await one.client.accessToken()).toBe(await other.client.accessToken());
});

/** A tab with a sessionStorage of its own, which begins as a copy of `stored`. */
function sessionTab(world: World, stored = new Map<string, string>()): Tab & { stored: Map<string, string> } {
  const own = new Map(stored);
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => own.get(key) ?? null,
    setItem: (key: string, value: string) => own.set(key, value),
    removeItem: (key: string) => own.delete(key),
  });
  return { ...world.tab({ storage: "session" }), stored: own };
}
