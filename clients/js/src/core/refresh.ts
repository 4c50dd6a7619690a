import { type Clock, sleep } from "./clock.ts";
import { AuthError, NetworkError, SessionEndedError } from "./errors.ts";
import { LONGEST_WAIT, RETRIES } from "./http.ts";
import { exclusively, type Locks } from "./tabs.ts";
import type { TokenStore } from "./token-store.ts";
import { follows, received, sidOf, type Tokens } from "./tokens.ts";
import type { TokenPair } from "./types.ts";

/** JWT_ROTATION_GRACE_SECONDS: so long a token that was just rotated buys the same successor again. */
const GRACE = 10_000;
/** Half of it, so that after a lost answer there is time to ask again. */
const ANSWER_TIMEOUT = GRACE / 2;
/** Until the other tabs have heard of tokens whose predecessors have no grace. */
const SPREAD = 500;
/** No longer is a refusal remembered: a date in Retry-After goes wrong by as much as the clocks differ. */
const LONGEST_REST = 60_000;

export interface RefreshParts {
  tokenStore: TokenStore;
  clock: Clock;
  random: () => number;
  locks: Locks;
  lockName: string;
  /** In cookie mode the server may know a session though we have no tokens. */
  cookie: boolean;
  refresh: (refreshToken: string | null, signal: AbortSignal) => Promise<TokenPair>;
}

type Ask = (tokens: Tokens | null) => Promise<TokenPair>;

/** At most one refresh at a time in this tab, and, as far as locks reach, in all tabs. */
export class Refresher {
  #parts: RefreshParts;
  #pending: Promise<Tokens> | null = null;
  #refused: unknown = null;
  #restUntil = 0;

  constructor(parts: RefreshParts) {
    this.#parts = parts;
  }

  /** Tokens other than the access token `stale`. Rejects with AuthError; only SessionEndedError has cleared the tokens. */
  replace(stale: string | null): Promise<Tokens> {
    this.#pending ??= this.#persist(stale).finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  /** New tokens by a request of another kind, which ends the old ones: refreshes wait for it, in the other tabs too. */
  exchange(ask: Ask): Promise<Tokens> {
    const { clock, tokenStore } = this.#parts;
    return this.#exclusively(async () => {
      const tokens = await this.#exchange(tokenStore.read(), ask);
      await sleep(clock, SPREAD);
      return tokens;
    });
  }

  #exclusively(task: () => Promise<Tokens>): Promise<Tokens> {
    const { clock, lockName, locks } = this.#parts;
    return exclusively(locks, lockName, clock, task);
  }

  async #persist(stale: string | null): Promise<Tokens> {
    const { clock, tokenStore } = this.#parts;
    this.#rest();
    const start = clock.now();
    // A tab that was frozen may have missed rotations; its own token would then end the session as reused.
    if (start > (tokenStore.read()?.refresh_at ?? start) + GRACE) await tokenStore.askTabs();
    for (let tries = 0; ; tries++) {
      try {
        return await this.#exclusively(() => this.#rotate(stale));
      } catch (error) {
        const pause = tries < RETRIES ? this.#pause(error, start) : null;
        if (pause === null) throw this.#remembered(error);
        await sleep(clock, pause); // without the lock: another tab may be luckier
      }
    }
  }

  async #rotate(stale: string | null): Promise<Tokens> {
    const { clock, cookie, tokenStore } = this.#parts;
    const tokens = tokenStore.read();
    if (tokens && tokens.access_token !== stale && clock.now() < tokens.expires_at) return tokens;
    if (!tokens && !cookie) throw new SessionEndedError();
    return this.#exchange(tokens, () => this.#ask(tokens));
  }

  /** What was stored while we asked, by another tab or a login, is newer than a refusal, and than most answers. */
  async #exchange(before: Tokens | null, ask: Ask): Promise<Tokens> {
    const { clock, tokenStore } = this.#parts;
    const { sessionEpoch } = tokenStore;
    const pair = await ask(before).catch(unlessInvalidGrant);
    const stored = tokenStore.read();
    const unchanged = tokenStore.sessionEpoch === sessionEpoch && stored?.access_token === before?.access_token;
    const answer = pair && continued(received(pair, clock.now()), before);
    if (answer && (unchanged || follows(answer, stored))) tokenStore.write(answer);
    if (!answer && unchanged) tokenStore.clear(tokenStore.status === "unknown" ? "nobody" : "session-ended");
    const tokens = tokenStore.read();
    if (!tokens) throw new SessionEndedError();
    return tokens;
  }

  async #ask(tokens: Tokens | null): Promise<TokenPair> {
    const { clock, refresh } = this.#parts;
    const timeout = new AbortController();
    const cancel = clock.after(ANSWER_TIMEOUT, () => timeout.abort());
    try {
      return await refresh(tokens?.refresh_token ?? null, timeout.signal);
    } catch (error) {
      throw timeout.signal.aborted ? new NetworkError(error) : error;
    } finally {
      cancel();
    }
  }

  /** Milliseconds until it makes sense to ask again, or null. */
  #pause(error: unknown, start: number): number | null {
    const { clock, random } = this.#parts;
    const jitter = (1 + random()) * 500;
    if (error instanceof NetworkError) return clock.now() - start < GRACE - 2000 ? jitter : null;
    const seconds = secondsOf(error);
    return seconds === null || seconds > LONGEST_WAIT ? null : seconds * 1000 + jitter;
  }

  /** Throws what the server has just said, if it asked for patience. */
  #rest(): void {
    const rest = this.#restUntil - this.#parts.clock.now();
    if (rest > 0 && rest <= LONGEST_REST) throw this.#refused; // more: the clock was set back
  }

  #remembered(error: unknown): unknown {
    this.#refused = error;
    this.#restUntil = this.#parts.clock.now() + Math.min((secondsOf(error) ?? 0) * 1000, LONGEST_REST);
    return error;
  }
}

function secondsOf(error: unknown): number | null {
  return error instanceof AuthError ? error.retryAfter : null;
}

/** The one answer that ends a session: 401 invalid_grant. */
function unlessInvalidGrant(error: unknown): null {
  if (error instanceof AuthError && error.status === 401 && error.code === "invalid_grant") return null;
  throw error;
}

/** A refresh answers without the user; a cookie may by now be of another session, and so of another user. */
function continued(tokens: Tokens, before: Tokens | null): Tokens {
  return sidOf(tokens) === sidOf(before) ? { ...tokens, user: before?.user ?? null } : tokens;
}
