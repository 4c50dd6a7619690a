import { type Clock, orAborted } from "./clock.ts";
import type { Tokens } from "./tokens.ts";

/**
 * What the tabs of one origin tell each other. `stored`: look into the shared storage. `who`: has anybody got tokens of
 * another session than `sid`, or of a later generation?
 */
export type Message =
  | { type: "tokens"; tokens: Tokens }
  | { type: "stored" }
  | { type: "ended"; sid: string }
  | { type: "who"; sid?: string; generation?: number };

export type Channel = Pick<BroadcastChannel, "postMessage" | "close" | "onmessage">;

export interface Locks {
  request<T>(name: string, options: { signal: AbortSignal }, task: () => Promise<T>): Promise<T>;
}

/** Longer than a tab that is awake needs to refresh: one that keeps the lock for longer is asleep. */
const LOCK_TIMEOUT = 6000;

export function browserChannel(name: string): Channel | null {
  // In Node there are no tabs, and an open channel would keep the process alive.
  if (typeof document === "undefined") return null;
  try {
    return new BroadcastChannel(name);
  } catch {
    return null; // there is none, or it is forbidden together with storage
  }
}

export function browserLocks(): Locks | null {
  return typeof document === "undefined" ? null : ((navigator.locks as Locks | undefined) ?? null);
}

/** Where the browser has none, or there is no browser: one lock for one client. */
export function ownLocks(): Locks {
  let before: Promise<unknown> = Promise.resolve();
  return {
    request(_name, { signal }, task) {
      const granted = orAborted(before, signal).then(task);
      before = Promise.allSettled([before, granted]);
      return granted;
    },
  };
}

/**
 * Runs `task` while no other tab does. Those that a sleeping tab keeps waiting pass it one at a time: in cookie mode, three
 * refreshes at once could leave an old cookie behind. After another LOCK_TIMEOUT `task` runs anyway.
 */
export function exclusively<T>(locks: Locks, name: string, clock: Clock, task: () => Promise<T>): Promise<T> {
  const pass = () => locked(locks, `${name}:pass`, clock, task, task);
  return locked(locks, name, clock, task, pass);
}

/** `otherwise`: if the lock is not granted in time, or not to a page like this one. */
async function locked<T>(
  locks: Locks,
  name: string,
  clock: Clock,
  task: () => Promise<T>,
  otherwise: () => Promise<T>,
): Promise<T> {
  const waiting = new AbortController();
  const cancel = clock.after(LOCK_TIMEOUT, () => waiting.abort());
  let granted = false;
  const hold = () => {
    granted = true;
    cancel();
    return task();
  };
  try {
    return await locks.request(name, { signal: waiting.signal }, hold);
  } catch (error) {
    cancel();
    if (granted) throw error;
    return otherwise();
  }
}
