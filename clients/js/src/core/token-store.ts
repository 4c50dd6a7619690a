import type { Clock } from "./clock.ts";
import type { TokenStorage } from "./storage.ts";
import type { Channel, Message } from "./tabs.ts";
import { areTokens, follows, generationOf, sidOf, type Tokens } from "./tokens.ts";
import type { AuthEvent, Listener, SignOutReason, Status, User } from "./types.ts";

/** Tabs that are awake answer within a few milliseconds. */
const ANSWER_TIMEOUT = 50;

type Cause = "here" | SignOutReason;

export interface TokenStoreParts {
  storage: TokenStorage;
  channel: Channel | null;
  clock: Clock;
  /** Takes tokens of its own session only from other tabs: sessionStorage is copied into a duplicated tab. */
  alone: boolean;
  /** Whether there is somebody to ask before "nobody is signed in" can be said. */
  open: boolean;
}

/** The tokens of this tab; keeps them in step with storage and the other tabs, and tells listeners what changed. */
export class TokenStore {
  /** Goes up when the session ends or another one begins: what was under way for the old one no longer counts. */
  sessionEpoch = 0;
  #parts: TokenStoreParts;
  #raw: string | null = null;
  #tokens: Tokens | null = null;
  #known: boolean;
  #ended: string | null = null;
  #answered = () => {};
  #unwatch: (() => void) | undefined;
  #listeners = new Set<Listener>();

  constructor(parts: TokenStoreParts) {
    this.#parts = { ...parts };
    this.#known = !parts.open;
    if (parts.channel) parts.channel.onmessage = ({ data }) => this.#onMessage(data);
    this.#unwatch = parts.storage.watch?.(() => this.read());
    this.read();
  }

  get status(): Status {
    if (this.read()) return "signed-in";
    return this.#known ? "signed-out" : "unknown";
  }

  /** The newest tokens, whichever tab stored them. */
  read(): Tokens | null {
    const raw = this.#parts.storage.get();
    if (raw !== this.#raw) this.#take(raw, parse(raw), "other-tab");
    return this.#tokens;
  }

  write(tokens: Tokens): void {
    this.#ended = null;
    this.#store(tokens, "here");
    this.#post(this.#parts.storage.shared ? { type: "stored" } : { type: "tokens", tokens });
  }

  setUser(user: User): void {
    const tokens = this.read();
    if (tokens) this.write({ ...tokens, user });
  }

  /** `left`: the tokens of a session that was left; another one that began meanwhile goes on. */
  clear(reason: SignOutReason, left?: Tokens | null): void {
    const { shared } = this.#parts.storage;
    const sid = sidOf(this.read());
    if (left && sidOf(left) !== sid) return;
    this.#ended = sid;
    this.#store(null, reason);
    this.#post(shared ? { type: "stored" } : { type: "ended", sid });
  }

  /** Waits until another tab has handed over newer tokens, or none will. */
  async askTabs(): Promise<void> {
    const { channel, clock, storage } = this.#parts;
    if (!channel || storage.shared) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(ANSWER_TIMEOUT, resolve);
      this.#answered = () => {
        cancel();
        resolve();
      };
      this.#post({ type: "who", sid: sidOf(this.#tokens), generation: generationOf(this.#tokens) });
    });
  }

  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#parts.channel?.close();
    this.#parts.channel = null;
    this.#unwatch?.();
    this.#listeners.clear();
  }

  #onMessage(message: Message): void {
    if (message.type === "stored") this.read();
    if (message.type === "tokens") this.#onTokens(message.tokens);
    if (message.type === "ended") this.#onEnd(message.sid);
    if (message.type === "who") this.#onQuestion(message.sid, message.generation);
  }

  #onTokens(tokens: Tokens): void {
    const sid = sidOf(tokens);
    const before = this.read();
    const ours = sid === sidOf(before);
    if (sid === this.#ended || follows(before, tokens) || (this.#parts.alone && !ours)) return;
    this.#store(tokens, "other-tab");
    if (!ours || follows(tokens, before)) this.#answered();
  }

  /** Silence is an answer: when many tabs wake at once and all are behind, only the news is worth a message. */
  #onQuestion(sid?: string, generation = -1): void {
    const tokens = this.#tokens;
    if (!tokens || (sid === sidOf(tokens) && generation >= generationOf(tokens))) return;
    this.#post({ type: "tokens", tokens });
  }

  #onEnd(sid: string): void {
    if (!this.read() || sid !== sidOf(this.#tokens)) return;
    this.#ended = sid;
    this.#store(null, "other-tab");
  }

  #post(message: Message): void {
    this.#parts.channel?.postMessage(message);
  }

  #store(tokens: Tokens | null, cause: Cause): void {
    const raw = tokens && JSON.stringify(tokens);
    this.#parts.storage.set(raw);
    this.#take(raw, tokens, cause);
  }

  #take(raw: string | null, tokens: Tokens | null, cause: Cause): void {
    const before = this.#tokens;
    const first = !this.#known;
    this.#raw = raw;
    this.#tokens = tokens;
    this.#known = true;
    if (!tokens || sidOf(tokens) !== sidOf(before)) this.sessionEpoch++;
    const event = tokens ? gained(before, tokens, cause) : (before || first) && lost(cause);
    if (event) this.#tell(event);
  }

  /** In a microtask each: a listener that throws is reported by the platform, and disturbs nobody. */
  #tell(event: AuthEvent): void {
    for (const listener of this.#listeners) queueMicrotask(() => listener(event));
  }
}

function gained(before: Tokens | null, now: Tokens, cause: Cause): AuthEvent | null {
  if (!before || sidOf(before) !== sidOf(now)) {
    return { type: "signed-in", user: now.user, reason: cause === "other-tab" ? cause : "here" };
  }
  if (before.access_token !== now.access_token) return { type: "refreshed" };
  return now.user && JSON.stringify(now.user) !== JSON.stringify(before.user) ? { type: "user", user: now.user } : null;
}

function lost(cause: Cause): AuthEvent {
  return { type: "signed-out", reason: cause === "here" ? "cleared" : cause };
}

function parse(raw: string | null): Tokens | null {
  try {
    const tokens = JSON.parse(raw ?? "null");
    return areTokens(tokens) ? tokens : null;
  } catch {
    return null; // somebody else wrote there
  }
}
