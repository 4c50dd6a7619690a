import type { User } from "../../src/core/types.ts";
import type { FakeClock } from "./clock.ts";

export const ORIGIN = "https://auth.example.com";
export const BASE = `${ORIGIN}/api`;
export const PASSWORD = "correct horse battery staple";
export const ANN: User = {
  id: 1,
  username: "ann",
  email: "ann@example.com",
  first_name: "",
  last_name: "",
  is_staff: false,
  is_active: true,
  date_joined: "2026-01-31T12:00:00Z",
};

const LIFE = 900;
const GRACE = 10_000;

interface ServerSession {
  sid: string;
  generation: number;
  rotatedAt: number;
  /** Tokens of earlier generations are over: the password was changed. */
  since: number;
  live: boolean;
}

export interface Seen {
  method: string;
  path: string;
  headers: Headers;
  body: string;
  credentials: string;
  query: string;
}

type Fault = (answer: () => Promise<Response>, signal: AbortSignal) => Promise<Response>;

/** Authgate's rules about sessions, rotation and grace, in memory; `faults` befall the next requests of a path. */
export class FakeServer {
  seen: Seen[] = [];
  faults: Record<string, Fault[]> = {};
  /** The cookie jar of the browser. */
  cookie: string | null = null;
  /** What an answer does to the jar when it arrives. */
  #setCookie = new WeakMap<Response, string | null>();
  #clock: FakeClock;
  #sessions = new Map<string, ServerSession>();

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { pathname, search: query } = new URL(request.url);
    const path = pathname.replace("/api", "");
    const { credentials, headers, method, signal } = request;
    signal.throwIfAborted();
    const body = await request.text();
    this.seen.push({ method, path, query, headers, body, credentials });
    const sent = this.cookie;
    const answer = async () => this.#answer(path, headers, body, sent);
    const response = await (this.faults[path]?.shift()?.(answer, signal) ?? answer());
    const received = this.#setCookie.get(response);
    if (received !== undefined) this.cookie = received;
    return response;
  };

  count(path: string): number {
    return this.seen.filter((request) => request.path === path).length;
  }

  last(path: string): Seen {
    return this.seen.filter((request) => request.path === path).at(-1) as Seen;
  }

  end(sid = "s1"): void {
    (this.#sessions.get(sid) as ServerSession).live = false;
  }

  generation(sid = "s1"): number {
    return (this.#sessions.get(sid) as ServerSession).generation;
  }

  #answer(path: string, headers: Headers, body: string, sent: string | null): Response {
    const cookie = headers.get("Authgate-Token-Mode") === "cookie";
    const data = path.startsWith("/auth/") && body ? JSON.parse(body) : {};
    if (path === "/auth/login" || path === "/auth/register") return this.#login(data.password, cookie);
    if (path === "/auth/refresh") return this.#refresh(cookie ? sent : data.refresh_token, cookie);
    const session = this.#sessionOf(headers.get("Authorization"));
    if (!session) return refusal(401, "invalid_token");
    if (path === "/auth/logout") return this.#logout(session, cookie);
    if (path === "/auth/change-password") return this.#changed(session, cookie);
    return json(path === "/auth/me" ? ANN : { path });
  }

  #login(password: string, cookie: boolean): Response {
    if (password !== PASSWORD) return refusal(401, "invalid_credentials");
    const session = { sid: `s${this.#sessions.size + 1}`, generation: 1, since: 1, rotatedAt: 0, live: true };
    this.#sessions.set(session.sid, session);
    return this.#tokens(session, cookie, { user: ANN });
  }

  #refresh(token: string | null, cookie: boolean): Response {
    const [sid = "", generation] = (token ?? "").split(":");
    const session = this.#sessions.get(sid);
    if (!session?.live || Number(generation) < session.since) return refusal(401, "invalid_grant");
    if (Number(generation) === session.generation) return this.#rotated(session, cookie);
    const inGrace = this.#clock.now() - session.rotatedAt <= GRACE;
    if (Number(generation) === session.generation - 1 && inGrace) return this.#tokens(session, cookie);
    session.live = false;
    return refusal(401, "invalid_grant");
  }

  #rotated(session: ServerSession, cookie: boolean): Response {
    session.generation++;
    session.rotatedAt = this.#clock.now();
    return this.#tokens(session, cookie);
  }

  #changed(session: ServerSession, cookie: boolean): Response {
    const answer = this.#rotated(session, cookie);
    session.since = session.generation;
    return answer;
  }

  #logout(session: ServerSession, cookie: boolean): Response {
    session.live = false;
    const response = json({ message: "You are logged out." });
    if (cookie) this.#setCookie.set(response, null);
    return response;
  }

  #tokens({ sid, generation }: ServerSession, cookie: boolean, more: object = {}): Response {
    const refresh_token = `${sid}:${generation}`;
    const exp = this.#clock.now() + LIFE * 1000;
    const response = json({
      access_token: `h.${btoa(JSON.stringify({ sid, gen: generation, exp }))}.s`,
      refresh_token: cookie ? null : refresh_token,
      token_type: "Bearer",
      expires_in: LIFE,
      refresh_after: LIFE * 0.8,
      ...more,
    });
    if (cookie) this.#setCookie.set(response, refresh_token);
    return response;
  }

  #sessionOf(authorization: string | null): ServerSession | null {
    if (!authorization?.includes(".")) return null;
    const { exp, gen, sid } = claimsOf(authorization);
    const session = this.#sessions.get(sid);
    return session?.live && gen >= session.since && this.#clock.now() < exp ? session : null;
  }
}

/** Of an access token as FakeServer makes it. */
export function claimsOf(token: string): { sid: string; gen: number; exp: number } {
  return JSON.parse(atob(token.split(".")[1] as string));
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

export function refusal(status: number, error: string, retryAfter?: string): Response {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
  return json({ error, message: `It is ${error}.`, details: null }, status, headers);
}

export const offline: Fault = () => Promise.reject(new TypeError("fetch failed"));
/** The server has done its work, and nobody hears of it. */
export const lostAnswer: Fault = async (answer) => {
  await answer();
  throw new TypeError("fetch failed");
};
export const hangs: Fault = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
/** The server has done its work, and the answer never comes. */
export const hangsAfterwards: Fault = async (answer, signal) => {
  await answer();
  return hangs(answer, signal);
};
export const answers =
  (status: number, error: string, retryAfter?: string): Fault =>
  async () =>
    refusal(status, error, retryAfter);
