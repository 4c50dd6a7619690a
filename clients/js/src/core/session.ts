import { type Clock, orAborted } from "./clock.ts";
import { SessionEndedError } from "./errors.ts";
import type { Refresher } from "./refresh.ts";
import type { Abortable } from "./types.ts";
import type { Vault } from "./vault.ts";

/** An access token that is about to end may have ended when it arrives, and clocks differ. */
const MARGIN = 5000;

/** A good access token, whenever one is needed. */
export class Session {
  #vault: Vault;
  #refresher: Refresher;
  #clock: Clock;
  #cookie: boolean;
  #restoring: Promise<void> | null = null;

  constructor(vault: Vault, refresher: Refresher, clock: Clock, cookie: boolean) {
    this.#vault = vault;
    this.#refresher = refresher;
    this.#clock = clock;
    this.#cookie = cookie;
  }

  /** Rejects with SessionEndedError when nobody is signed in. */
  async accessToken({ signal }: Abortable = {}): Promise<string> {
    await orAborted(this.restore(), signal);
    const tokens = this.#vault.read();
    if (!tokens) throw new SessionEndedError();
    const now = this.#clock.now();
    if (now < tokens.refresh_at) return tokens.access_token;
    const renewal = this.#refresher.replace(tokens.access_token);
    if (now < tokens.expires_at - MARGIN) {
      renewal.catch(() => {}); // this one is still good: nobody has to wait, or to hear of a failure
      return tokens.access_token;
    }
    return (await orAborted(renewal, signal)).access_token;
  }

  /** Another one than `stale`. */
  async renewed(stale: string | null, { signal }: Abortable = {}): Promise<string> {
    return (await orAborted(this.#refresher.replace(stale), signal)).access_token;
  }

  /** Finds out who is signed in, if that is not known yet: from the other tabs, then by the cookie. */
  restore(): Promise<void> {
    if (this.#vault.status !== "unknown") return Promise.resolve();
    this.#restoring ??= this.#restore().finally(() => {
      this.#restoring = null;
    });
    return this.#restoring;
  }

  async #restore(): Promise<void> {
    await this.#vault.askTabs();
    if (this.#vault.status !== "unknown") return;
    if (!this.#cookie) return this.#vault.clear("nobody");
    await this.#refresher.replace(null).catch(unlessEnded);
  }
}

/** To be nobody is an answer too. */
export function unlessEnded(error: unknown): null {
  if (error instanceof SessionEndedError) return null;
  throw error;
}
