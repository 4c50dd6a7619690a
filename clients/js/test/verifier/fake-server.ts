import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const SECRET = "s3cret/with:marks";

const b64 = (value: unknown) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(Date.now() / 1000);

export function newKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" } };
}

export function signParts(header: unknown, payload: unknown, key: KeyObject): string {
  const signed = `${b64(header)}.${b64(payload)}`;
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

/** An Authgate that speaks the feed and serves keys, and misbehaves on demand. */
export class FakeServer {
  key = newKey("k1");
  jwks: unknown = { keys: [this.key.jwk] };
  entries: { id: string; data: Record<string, unknown> }[] = [];
  refuse = 0;
  silent = false;
  keysDown = false;
  /** Tickets are answered with the beginning of a body, which never ends. */
  hangs = false;
  frozenAt: number | null = null;
  keyRequests = 0;
  /** One in 0.1 s, fewer while this process stands still. */
  beats = 0;
  resumedFrom: (string | undefined)[] = [];
  tickets = new Map<string, Record<string, unknown>>();
  url = "";
  private readonly streams = new Set<ServerResponse>();
  private readonly began = new Map<ServerResponse, number>();
  private readonly server = createServer((request, response) => this.answer(request, response));
  private timer: NodeJS.Timeout | undefined;

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    this.timer = setInterval(() => this.beat(), 100);
    return this;
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.cut();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  claims(changes: Record<string, unknown> = {}) {
    return {
      iss: this.url,
      aud: "authgate",
      sub: "7",
      sid: "s1",
      jti: "j1",
      client_id: "first-party",
      type: "access",
      gen: 0,
      epoch: 1,
      iat: now(),
      exp: now() + 900,
      user_id: 7,
      username: "ada",
      is_staff: true,
      is_superuser: false,
      ...changes,
    };
  }

  token(changes: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
    const full = { alg: "ES256", typ: "at+jwt", kid: this.key.kid, ...header };
    return signParts(full, this.claims(changes), this.key.privateKey);
  }

  revoke(data: Record<string, unknown>): void {
    const entry = {
      id: `${this.entries.length + 1}-1-1`,
      data: { sub: "7", before: Date.now() / 1000, exp: now() + 960, reason: "logout", ...data },
    };
    this.entries.push(entry);
    if (!this.silent) this.write(event("revocation", entry.data, entry.id));
  }

  write(text: string): void {
    for (const stream of this.streams) stream.write(text);
  }

  cut(): void {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  private answer(request: IncomingMessage, response: ServerResponse): unknown {
    if (request.url === "/.well-known/jwks.json") return this.answerKeys(response);
    if (request.headers.authorization !== `Basic ${btoa(`svc:${encodeURIComponent(SECRET)}`)}`)
      return response.writeHead(401).end();
    if (request.url === "/api/oauth/ws-ticket/redeem") return this.answerTicket(request, response);
    if (this.refuse) return response.writeHead(this.refuse).end();
    return this.open(response, request.headers["last-event-id"] as string | undefined);
  }

  private answerKeys(response: ServerResponse): unknown {
    this.keyRequests += 1;
    if (this.keysDown) return response.writeHead(503).end();
    return response.setHeader("Content-Type", "application/json").end(JSON.stringify(this.jwks));
  }

  private answerTicket(request: IncomingMessage, response: ServerResponse): void {
    if (this.hangs) return void response.writeHead(200).write("{");
    request.on("data", (body) => {
      const ticket = new URLSearchParams(String(body)).get("ticket") ?? "";
      const claims = this.tickets.get(ticket);
      this.tickets.delete(ticket);
      response.writeHead(claims ? 200 : 400).end(JSON.stringify(claims ?? { error: "invalid_grant" }));
    });
  }

  private open(response: ServerResponse, cursor: string | undefined): void {
    this.resumedFrom.push(cursor);
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" }).flushHeaders();
    const seen = this.entries.findIndex((entry) => entry.id === cursor);
    if (seen < 0 && !this.silent) response.write("event: snapshot\ndata: {}\n\n");
    for (const { id, data } of this.silent ? [] : this.entries.slice(seen + 1))
      response.write(event("revocation", data, id));
    this.streams.add(response);
    this.began.set(response, performance.now());
    response.on("close", () => this.streams.delete(response));
  }

  private beat(): void {
    this.beats += 1;
    if (this.silent) return;
    const id = this.entries.at(-1)?.id;
    for (const stream of this.streams) {
      const at = this.frozenAt ?? (performance.now() - (this.began.get(stream) as number)) / 1000;
      stream.write(event("heartbeat", { head: this.entries.length, at }, id));
    }
  }
}

function event(type: string, data: unknown, id: string | undefined): string {
  return `event: ${type}\n${id ? `id: ${id}\n` : ""}data: ${JSON.stringify(data)}\n\n`;
}

export async function until(condition: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
