import { type Clock, orAborted } from "./clock.ts";
import { SessionEndedError } from "./errors.ts";
import type { Refresher } from "./refresh.ts";
import type { TokenStore } from "./token-store.ts";
import type { Abortable } from "./types.ts";

/** An access token that is about to end may have ended when it arrives, and clocks differ. */
const MARGIN = 5000;

/** A good access token, whenever one is needed. */
export interface Session {
  /** Rejects with SessionEndedError when nobody is signed in. */
  accessToken(options?: Abortable): Promise<string>;
  /** Another one than `stale`. */
  renewed(stale: string | null, options?: Abortable): Promise<string>;
  /** Finds out who is signed in, if that is not known yet: from the other tabs, then by the cookie. */
  restore(): Promise<void>;
}

export function openSession(tokenStore: TokenStore, refresher: Refresher, clock: Clock, cookie: boolean): Session {
  let restoring: Promise<void> | null = null;

  const ask = async () => {
    await tokenStore.askTabs();
    if (tokenStore.status !== "unknown") return;
    if (!cookie) return tokenStore.clear("nobody");
    await refresher.replace(null).catch(unlessEnded);
  };

  const restore = async () => {
    if (tokenStore.status !== "unknown") return;
    restoring ??= ask().finally(() => {
      restoring = null;
    });
    await restoring;
  };

  const renewed = async (stale: string | null, { signal }: Abortable = {}) =>
    (await orAborted(refresher.replace(stale), signal)).access_token;

  const accessToken = async ({ signal }: Abortable = {}) => {
    await orAborted(restore(), signal);
    const tokens = tokenStore.read();
    if (!tokens) throw new SessionEndedError();
    const { access_token, expires_at, refresh_at } = tokens;
    const now = clock.now();
    if (now < refresh_at) return access_token;
    const renewal = renewed(access_token, { signal });
    if (now >= expires_at - MARGIN) return renewal;
    renewal.catch(() => {}); // this one is still good: nobody has to wait, or to hear of a failure
    return access_token;
  };

  return { accessToken, renewed, restore };
}

/** To be nobody is an answer too. */
export function unlessEnded(error: unknown): null {
  if (error instanceof SessionEndedError) return null;
  throw error;
}
