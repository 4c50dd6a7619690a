import { beforeEach, expect, test } from "vitest";
import { settled } from "../fakes/clock.ts";
import { offline, PASSWORD } from "../fakes/server.ts";
import { type Tab, World } from "../fakes/world.ts";

let world: World;
let tab: Tab;
beforeEach(async () => {
  world = new World();
  tab = world.tab();
  tab.page.visible = true;
  await tab.client.login("ann", PASSWORD);
});

const refreshes = () => world.server.count("/auth/refresh");

test("a visible page refreshes by itself when it is time, again and again", async () => {
  await world.clock.advance(719_000);
  expect(refreshes()).toBe(0);
  await world.clock.advance(1000);
  expect(refreshes()).toBe(1);
  await world.clock.advance(720_000);
  expect(refreshes()).toBe(2);
});

test("a hidden page does not, and catches up when it is looked at", async () => {
  tab.page.visible = false;
  await world.untilExpired(60_000);
  expect(refreshes()).toBe(0);

  tab.page.wake();
  await world.clock.advance(100);

  expect(refreshes()).toBe(1);
});

test("tokens that are said to be due earlier are refreshed earlier", async () => {
  const body = await tab.client.login("ann", PASSWORD);

  tab.client.setTokens({ ...body, refresh_after: 5 });
  await world.clock.advance(5000);

  expect(refreshes()).toBe(1);
});

test("after the machine slept, the wall clock counts", async () => {
  await world.clock.advance(10_000);
  world.clock.sleepMachine(800_000);

  await world.clock.advance(60_000);

  expect(refreshes()).toBe(1);
});

test("a page that wakes early waits on", async () => {
  tab.page.wake();
  await world.clock.advance(1000);

  expect(refreshes()).toBe(0);
});

test("a refresh that failed is tried again in a while, without a crowd", async () => {
  world.server.faults["/auth/refresh"] = [offline, offline, offline];
  await world.clock.advance(725_000);
  expect(refreshes()).toBe(3);

  await world.clock.advance(30_000);

  expect(refreshes()).toBe(4);
  expect(tab.client.status).toBe("signed-in");
});

test("nobody signed in: no timer", async () => {
  await tab.client.logout();
  await world.untilExpired();

  expect(refreshes()).toBe(0);
});

test("a closed client does nothing any more, and hears nothing", async () => {
  const other = world.tab();
  tab.client.close();

  await other.client.login("ann", PASSWORD);
  await world.untilExpired();
  await settled();

  expect(refreshes()).toBe(0);
  expect(tab.events).toHaveLength(1);
});
