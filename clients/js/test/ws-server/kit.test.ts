import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createVerifier, type Verifier } from "../../src/verifier/index.js";
import { createSocketKit, handleProtocols, type SocketKit } from "../../src/ws-server/index.js";
import { FakeServer, SECRET, until } from "../verifier/fake-server.js";

const TICKET = `7.${"t".repeat(43)}`;

let server: FakeServer;
let verifier: Verifier;
let kit: SocketKit;
let sockets: WebSocketServer;

beforeEach(async () => {
  server = await new FakeServer().start();
  verifier = createVerifier({ server: server.url, clientId: "svc", clientSecret: SECRET, onError: () => undefined });
  await verifier.start();
  kit = createSocketKit(verifier, { patience: 60, grace: 2.5 });
  sockets = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols });
  await once(sockets, "listening");
  sockets.on("connection", async (socket, request) => {
    const session = await kit.accept(socket, request);
    session?.onMessage((text) => {
      if (text === '"staff?"') session.send({ staff: session.claims.isStaff });
      else session.send({ from: session.claims.username, echo: JSON.parse(text) });
    });
  });
});

afterEach(async () => {
  kit.close();
  for (const socket of sockets.clients) socket.terminate();
  sockets.close();
  await verifier.close();
  await server.stop();
});

class Client {
  readonly messages: Record<string, unknown>[] = [];
  closed: number | null = null;
  readonly socket: WebSocket;

  constructor(protocols: string[] = []) {
    this.socket = new WebSocket(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`, protocols);
    this.socket.on("message", (data) => this.messages.push(JSON.parse(String(data))));
    this.socket.on("close", (code) => (this.closed = code));
  }

  async say(...messages: unknown[]): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN);
    for (const message of messages) this.socket.send(JSON.stringify(message));
    return this;
  }

  types = () => this.messages.map((message) => message.type);
  ends = (code: number) => until(() => this.closed === code);
}

const login = async (changes = {}) => {
  const client = await new Client().say({ type: "auth", token: server.token(changes) });
  await until(() => client.messages.length > 0);
  return client;
};

it("accepts a token as first message, and passes the others on in order", async () => {
  const client = await new Client().say({ type: "auth", token: server.token() }, { n: 1 }, { n: 2 });
  await until(() => client.messages.length === 3);
  expect(client.messages.slice(1)).toEqual([
    { from: "ada", echo: { n: 1 } },
    { from: "ada", echo: { n: 2 } },
  ]);
  expect(client.messages[0]).toMatchObject({ type: "auth.ok", expires_at: expect.any(Number) });
});

it("accepts a ticket once", async () => {
  server.tickets.set(TICKET, server.claims());
  const first = await new Client().say({ type: "auth", ticket: TICKET });
  await until(() => first.types().includes("auth.ok"));
  const second = await new Client().say({ type: "auth", ticket: TICKET });
  await second.ends(4401);
});

it.each([
  ["ticket", () => TICKET],
  ["bearer", () => server.token()],
])("accepts a %s as subprotocol and does not repeat it", async (kind, credential) => {
  server.tickets.set(TICKET, server.claims());
  const client = new Client(["authgate", `authgate.${kind}.${credential()}`]);
  await until(() => client.types().includes("auth.ok"));
  expect(client.socket.protocol).toBe("authgate");
});

it.each([
  ["an expired token", () => ({ type: "auth", token: server.token({ exp: 1 }) }), 4401],
  ["no login", () => ({ type: "message", text: "hello" }), 4401],
  ["a login without a token", () => ({ type: "auth" }), 4401],
  ["null", () => null, 4401],
])("closes on %s", async (_name, message, code) => {
  await (await new Client().say(message())).ends(code);
});

it("closes a socket that says nothing", async () => {
  kit = createSocketKit(verifier, { patience: 0.3 });
  await new Client().ends(4401);
});

it("closes the sockets of a session that ended, and refuses new ones", async () => {
  const [kicked, spared] = [await login(), await login({ sid: "s2" })];
  const before = server.beats;
  server.revoke({ sid: "s1" });
  await kicked.ends(4403);
  expect(server.beats - before).toBeLessThan(10); // within a second
  await (await new Client().say({ type: "auth", token: server.token() })).ends(4403);
  await spared.say({ n: 1 });
  await until(() => spared.messages.length === 2);
  expect(kit.size).toBe(1);
});

it("asks for renewal, takes it, and closes when none comes", async () => {
  const soon = Math.floor(Date.now() / 1000) + 8; // it is asked for when a fifth is left
  const [renewing, lazy] = [await login({ exp: soon }), await login({ exp: soon })];
  await until(() => renewing.types().includes("auth.renew"));
  await renewing.say({ type: "auth", token: server.token({ jti: "j2" }) });
  await lazy.ends(4408);
  expect(renewing.types()).toEqual(["auth.ok", "auth.renew", "auth.ok"]);
  expect(renewing.closed).toBeNull();
});

it.each([
  ["account", { sub: "8" }],
  ["session", { sid: "s2" }],
])("refuses the token of another %s", async (_name, changes) => {
  const client = await login();
  await client.say({ type: "auth", token: server.token(changes) });
  await client.ends(4401);
});

it("accepts nothing while the feed is stale, and gives open sockets a grace", async () => {
  const open = await login();
  server.silent = true;
  await until(() => verifier.staleness() > 2);
  const refused = await new Client().say({ type: "auth", token: server.token() });
  await refused.ends(1013);
  expect(open.closed).toBeNull();
  await open.ends(1013);
});

it("takes rights that are lost from open sockets at once, long before they renew", async () => {
  const client = await login({ is_staff: true, version: 5 });
  await client.say("staff?");
  await until(() => client.messages.length === 2);
  expect(client.messages[1]).toEqual({ staff: true });
  let told = false;
  verifier.onRevoked(() => (told = true));
  server.revoke({ claims_only: true, version: 6 });
  await until(() => told);
  await client.say("staff?");
  await until(() => client.messages.length === 3);

  expect(client.messages[2]).toEqual({ staff: false });
});
