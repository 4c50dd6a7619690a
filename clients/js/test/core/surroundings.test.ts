import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAuthClient } from "../../src/core/index.ts";
import { gate, settled } from "../fakes/clock.ts";
import { BASE } from "../fakes/server.ts";
import { World } from "../fakes/world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A localStorage in which nothing fits any more once `full` is set. */
function quota() {
  const kept = new Map<string, string>();
  const area = {
    full: false,
    broken: false,
    kept,
    getItem(key: string) {
      if (area.broken) throw new DOMException("no", "SecurityError");
      return kept.get(key) ?? null;
    },
    setItem(key: string, value: string) {
      if (area.full) throw new DOMException("full", "QuotaExceededError");
      kept.set(key, value);
    },
    removeItem: (key: string) => kept.delete(key),
  };
  vi.stubGlobal("localStorage", area);
  return area;
}

test("storage that is full costs nobody the session: the new tokens are kept in memory", async () => {
  const area = quota();
  const { client } = await world.signedIn({ storage: "local" });
  area.full = true;

  await client.refreshAccessToken();
  await client.refreshAccessToken();

  expect(world.server.generation()).toBe(3);
  expect(client.status).toBe("signed-in");
  expect([...area.kept]).toEqual([]); // what was stored is worth nothing, and would end the session if used
});

test("other tabs are handed the tokens that did not fit, and hear of the end", async () => {
  const area = quota();
  const one = await world.signedIn({ storage: "local" });
  const other = world.tab({ storage: "local" });
  area.full = true;

  await one.client.refreshAccessToken();
  await settled();
  expect(await other.client.accessToken()).toBe(await one.client.accessToken());
  await other.client.refreshAccessToken();
  await settled();
  expect(await one.client.accessToken()).toBe(await other.client.accessToken());
  await other.client.logout();
  await settled();

  expect([one.client.status, other.client.status]).toEqual(["signed-out", "signed-out"]);
});

test("storage that has room again is used again", async () => {
  const area = quota();
  const { client } = await world.signedIn({ storage: "local" });
  area.full = true;
  await client.refreshAccessToken();
  area.full = false;

  await client.refreshAccessToken();
  expect(area.kept.size).toBe(1);
  area.kept.clear(); // the user deletes what this site has stored

  expect(client.status).toBe("signed-out");
});

test("storage that is forbidden later on reads as empty", async () => {
  const area = quota();
  const { client } = await world.signedIn({ storage: "local" });

  area.broken = true;

  expect(client.status).toBe("signed-out");
});

test.each(["{}", "1", "null", '{"access_token":5}', '"text"'])("storage that holds %s counts as empty", (raw) => {
  const { client } = world.tab({ storage: { shared: true, get: () => raw, set: () => {} } });

  expect(client.status).toBe("signed-out");
});

test("a browser that forbids channels has none", () => {
  vi.stubGlobal("document", new EventTarget());
  vi.stubGlobal(
    "BroadcastChannel",
    class {
      constructor() {
        throw new DOMException("The operation is insecure.", "SecurityError");
      }
    },
  );

  expect(createAuthClient({ baseURL: BASE, page: null, locks: null }).status).toBe("signed-out");
});

test("a client that is closed while it refreshes neither fails nor goes on refreshing", async () => {
  const channel = new BroadcastChannel("surroundings");
  const { client, page } = await world.signedIn({ channel });
  page.visible = true;
  page.wake();
  const { passed, open: release } = gate();
  world.server.faults["/auth/refresh"] = [(answer) => passed.then(answer)];
  await world.untilDue();
  expect(world.server.count("/auth/refresh")).toBe(1);

  const shared = client.refreshAccessToken();
  client.close();
  release();
  await expect(shared).resolves.toMatch(/^h\./);
  await world.untilExpired();
  client.clearTokens();

  expect(world.server.count("/auth/refresh")).toBe(1);
});
