import { type Clock, sleep } from "./clock.ts";
import { AuthError, NetworkError, SessionEndedError } from "./errors.ts";
import { LONGEST_WAIT, RETRIES } from "./http.ts";
import { exclusively, type Locks } from "./tabs.ts";
import { received, type Tokens } from "./tokens.ts";
import type { TokenPair } from "./types.ts";
import type { Vault } from "./vault.ts";

/** JWT_ROTATION_GRACE_SECONDS: so long a token that was just rotated buys the same successor again. */
const GRACE = 10_000;
/** Half of it, so that after a lost answer there is time to ask again. */
const ANSWER_TIMEOUT = GRACE / 2;

export interface RefreshParts {
  vault: Vault;
  clock: Clock;
  random: () => number;
  locks: Locks | null;
  lockName: string;
  /** In cookie mode the server may know a session though we have no tokens. */
  cookie: boolean;
  ask: (refreshToken: string | null, signal: AbortSignal) => Promise<TokenPair>;
}

/** At most one refresh at a time in this tab, and, as far as locks reach, in all tabs. */
export class Refresher {
  #parts: RefreshParts;
  #pending: Promise<Tokens> | null = null;
  #refused: { error: AuthError; until: number } | null = null;

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

  async #persist(stale: string | null): Promise<Tokens> {
    const { clock, lockName, locks } = this.#parts;
    if (this.#refused && clock.now() < this.#refused.until) throw this.#refused.error;
    await this.#afterSleep();
    const start = clock.now();
    for (let tries = 0; ; tries++) {
      try {
        return await exclusively(locks, lockName, clock, () => this.#rotate(stale));
      } catch (error) {
        const pause = tries < RETRIES ? this.#pause(error, start) : null;
        if (pause === null) throw this.#remembered(error);
        await sleep(clock, pause); // without the lock: another tab may be luckier
      }
    }
  }

  /** A tab that was frozen may have missed rotations; its own token would then end the session as reused. */
  async #afterSleep(): Promise<void> {
    const { clock, vault } = this.#parts;
    const tokens = vault.read();
    if (tokens && clock.now() > tokens.refresh_at + GRACE) await vault.askTabs();
  }

  async #rotate(stale: string | null): Promise<Tokens> {
    const { clock, cookie, vault } = this.#parts;
    const tokens = vault.read();
    if (tokens && tokens.access_token !== stale && clock.now() < tokens.expires_at) return tokens;
    if (!tokens && !cookie) throw new SessionEndedError();
    const { era } = vault;
    const pair = await this.#ask(tokens).catch((error: unknown) => this.#lost(error, era));
    if (!pair || vault.era !== era) return this.#whatIsThere();
    const renewed = received(pair, clock.now());
    vault.write({ ...renewed, user: renewed.user ?? tokens?.user ?? null });
    return vault.read() as Tokens;
  }

  async #ask(tokens: Tokens | null): Promise<TokenPair> {
    const { ask, clock } = this.#parts;
    const timeout = new AbortController();
    const cancel = clock.after(ANSWER_TIMEOUT, () => timeout.abort());
    try {
      return await ask(tokens?.refresh_token ?? null, timeout.signal);
    } catch (error) {
      throw timeout.signal.aborted ? new NetworkError(error) : error;
    } finally {
      cancel();
    }
  }

  /** The one answer that ends a session is 401 invalid_grant; what ended or began meanwhile is left alone. */
  #lost(error: unknown, era: number): null {
    if (!(error instanceof AuthError && error.status === 401 && error.code === "invalid_grant")) throw error;
    const { vault } = this.#parts;
    if (vault.era === era) vault.clear(vault.status === "unknown" ? "nobody" : "session-ended");
    return null;
  }

  #whatIsThere(): Tokens {
    const tokens = this.#parts.vault.read();
    if (!tokens) throw new SessionEndedError();
    return tokens;
  }

  /** Milliseconds until it makes sense to ask again, or null. */
  #pause(error: unknown, start: number): number | null {
    const { clock, random } = this.#parts;
    const jitter = (1 + random()) * 500;
    if (error instanceof NetworkError) return clock.now() - start < GRACE - 2000 ? jitter : null;
    const seconds = error instanceof AuthError ? error.retryAfter : null;
    return seconds === null || seconds > LONGEST_WAIT ? null : seconds * 1000 + jitter;
  }

  #remembered(error: unknown): unknown {
    const seconds = error instanceof AuthError ? error.retryAfter : null;
    this.#refused =
      seconds === null ? null : { error: error as AuthError, until: this.#parts.clock.now() + seconds * 1000 };
    return error;
  }
}
