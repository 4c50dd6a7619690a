import { beforeEach, expect, test } from "vitest";
import { type AuthSocket, openSocket } from "../../src/socket/index.ts";
import { gate, settled } from "../fakes/clock.ts";
import { answers, json, offline } from "../fakes/server.ts";
import { FakeSocket } from "../fakes/websocket.ts";
import { type Tab, World } from "../fakes/world.ts";

const URL = "wss://chat.example.com/ws";

let world: World;
let tab: Tab;
let heard: unknown[];
beforeEach(async () => {
  world = new World();
  tab = await world.signedIn();
  heard = [];
  FakeSocket.all = [];
  let tickets = 0;
  const ticket = async (answer: () => Promise<Response>) => {
    const checked = await answer();
    return checked.ok ? json({ ticket: `1.ticket${++tickets}`, expires_in: 30 }) : checked;
  };
  world.server.faults["/auth/ws-ticket"] = Array(99).fill(ticket);
});

const last = () => FakeSocket.all.at(-1) as FakeSocket;

async function open(): Promise<AuthSocket> {
  const socket = openSocket(tab.client, URL, {
    audience: "chat",
    WebSocket: FakeSocket as never,
    clock: world.clock,
    random: () => 1,
    onOpen: () => heard.push("open"),
    onMessage: ({ data }) => heard.push(data),
    onClose: (code) => heard.push({ closed: code }),
    onRetry: (ms, code) => heard.push({ ms, code }),
  });
  await settled();
  return socket;
}

async function opened(): Promise<AuthSocket> {
  const socket = await open();
  last().accept();
  return socket;
}

test("signs in by a ticket in the first message, never in the address", async () => {
  const socket = await open();
  last().onopen?.();

  expect(last().url).toBe(URL);
  expect(last().sent).toEqual([{ type: "auth", ticket: "1.ticket1" }]);
  expect(JSON.parse(world.server.last("/auth/ws-ticket").body)).toEqual({ audience: "chat" });
  expect(socket.open).toBe(false);
});

test("is open when the service says so, and hands over everything else", async () => {
  const socket = await opened();
  last().say({ type: "news" });
  last().say('about "auth.ok"');

  expect(heard).toEqual(["open", '{"type":"news"}', 'about "auth.ok"']);
  expect(socket.send('{"hello":1}')).toBe(true);
  expect(last().sent.at(-1)).toEqual({ hello: 1 });
});

test("sends nothing before, and says so", async () => {
  expect((await open()).send("{}")).toBe(false);
});

test("renews in place with a new token of the same session", async () => {
  await opened();
  const before = await tab.client.accessToken();
  last().say({ type: "auth.renew", expires_at: 1 });
  await settled();
  last().say({ type: "auth.ok", expires_at: 2 });

  expect(last().sent.at(-1)).toEqual({ type: "auth", token: await tab.client.accessToken() });
  expect(await tab.client.accessToken()).not.toBe(before);
  expect(heard).toEqual(["open"]);
  expect(FakeSocket.all).toHaveLength(1);
});

test("a token that comes too late for its connection is not sent on another", async () => {
  await opened();
  const { passed, open: release } = gate();
  world.server.faults["/auth/refresh"] = [(answer) => passed.then(answer)];
  last().say({ type: "auth.renew", expires_at: 1 });
  last().cut(1006);
  await world.clock.advance(500);
  release();
  await settled();

  expect(FakeSocket.all).toHaveLength(2);
  expect(last().sent).toEqual([]);
});

test.each([1001, 1006, 1013, 4401, 4408])("comes back after %i with a new ticket", async (code) => {
  await opened();
  last().cut(code);
  await world.clock.advance(500);
  last().accept();

  expect(heard).toEqual(["open", { ms: 500, code }, "open"]);
  expect(last().sent).toEqual([{ type: "auth", ticket: "1.ticket2" }]);
});

test("waits longer each time, up to half a minute, and forgets that when it is open", async () => {
  await opened();
  for (let attempt = 0; attempt < 8; attempt++) {
    last().cut(1006);
    await world.clock.advance(30_000);
  }
  last().accept();
  last().cut(1006);

  const pauses = heard.flatMap((event) => (event as { ms?: number }).ms ?? []);
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 500]);
});

test("comes back when no ticket was to be had", async () => {
  world.server.faults["/auth/ws-ticket"]?.unshift(offline, answers(503, "service_unavailable"));
  await open();
  await world.clock.advance(2000);
  last().accept();

  expect(heard).toEqual([{ ms: 500, code: 0 }, { ms: 1000, code: 0 }, "open"]);
});

test("comes back when only its token was revoked", async () => {
  await opened();
  await tab.client.refreshAccessToken();
  last().cut(4403);
  await settled();
  await world.clock.advance(500);

  expect(FakeSocket.all).toHaveLength(2);
});

test("is over when the session is", async () => {
  await opened();
  world.server.end();
  last().cut(4403);
  await settled();

  expect(heard).toEqual(["open", { closed: 4403 }]);
  expect(tab.client.status).toBe("signed-out");
});

test("stays away when nobody is signed in", async () => {
  await tab.client.logout();
  await open();

  expect(heard).toEqual([{ closed: 4403 }]);
  expect(FakeSocket.all).toHaveLength(0);
});

test("is over when the service has closed it in order", async () => {
  await opened();
  last().cut(1000);
  await world.clock.advance(60_000);

  expect(heard).toEqual(["open", { closed: 1000 }]);
});

test("close ends it for good, whatever it is doing", async () => {
  const socket = await opened();
  socket.close();
  socket.close();
  await world.clock.advance(60_000);
  expect(heard).toEqual(["open", { closed: 1000 }]);
  expect(last().closedWith).toBe(1000);

  const waiting = await opened();
  last().cut(1006);
  waiting.close();
  await world.clock.advance(60_000);

  expect(FakeSocket.all).toHaveLength(2);
});
