import { type Clock, systemClock } from "./clock.ts";
import type { Fetch } from "./http.ts";
import { browserPage, type Page } from "./page.ts";
import { openStorage, type StorageName, type TokenStorage } from "./storage.ts";
import { browserChannel, browserLocks, type Channel, type Locks } from "./tabs.ts";
import { isAbsolute } from "./urls.ts";

export interface ClientOptions {
  /** Where the API is: "https://auth.example.com/api". By default "/api" of the page's own origin. */
  baseURL?: string;
  /** Where tokens are kept in bearer mode; "memory" by default. See the README for what each survives. */
  storage?: StorageName | TokenStorage;
  /** "cookie": the refresh token in a cookie that scripts cannot read. "bearer" by default. */
  mode?: "bearer" | "cookie";
  /** Other origins, beside that of `baseURL`, to which the access token may be sent. */
  origins?: string[];
  /** Tells apart clients that share an origin. "authgate" by default. */
  key?: string;
  // What follows is for tests and for other platforms; null: there is none.
  fetch?: Fetch;
  clock?: Clock;
  /** 0 to 1. */
  random?: () => number;
  channel?: Channel | null;
  locks?: Locks | null;
  page?: Page | null;
}

export interface Config {
  baseURL: string;
  cookie: boolean;
  alone: boolean;
  origins: Set<string>;
  key: string;
  storage: TokenStorage;
  fetch: Fetch;
  clock: Clock;
  random: () => number;
  channel: Channel | null;
  locks: Locks | null;
  page: Page | null;
}

export function configure(options: ClientOptions): Config {
  const { mode, storage = "memory", key = "authgate", origins = [] } = options;
  const cookie = mode === "cookie";
  const baseURL = absolute(options.baseURL ?? "/api");
  return {
    baseURL,
    cookie,
    key,
    alone: !cookie && storage === "session",
    origins: new Set([baseURL, ...origins].filter(isAbsolute).map((url) => new URL(url).origin)),
    storage: typeof storage === "string" ? openStorage(cookie ? "memory" : storage, key) : storage,
    ...surroundings(options, key),
  };
}

function surroundings(options: ClientOptions, key: string) {
  return {
    // Looked up at each call: test tools and monitors replace the global one; and it must be called on its own.
    fetch: options.fetch ?? ((input: RequestInfo | URL, init?: RequestInit) => globalThis.fetch(input, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    channel: options.channel === undefined ? browserChannel(`authgate:${key}`) : options.channel,
    locks: options.locks === undefined ? browserLocks() : options.locks,
    page: options.page === undefined ? browserPage() : options.page,
  };
}

/** Where there is no page a relative URL stays one: it is no fault until somebody calls, and servers render without. */
function absolute(url: string): string {
  const page = globalThis.location?.href;
  return (page ? new URL(url, page).href : url).replace(/\/+$/, "");
}
