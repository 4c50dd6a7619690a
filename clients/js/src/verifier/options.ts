import type { Expected } from "./claims.js";
import type { FeedAddress } from "./connection.js";
import { reasonOf } from "./errors.js";
import type { Clocks } from "./freshness.js";

export interface VerifierOptions {
  /** Where Authgate is: "https://auth.example.org". */
  readonly server: string;
  /** This service's own id and secret, made with `manage.py`. Sent as HTTP Basic to `server` alone. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** `JWT_ISSUER` of the server; by default `server` (RFC 8414 §2). */
  readonly issuer?: string;
  /** `JWT_AUDIENCE` of the server; by default "authgate". */
  readonly audience?: string;
  /** Seconds that the knowledge of what was revoked may be old; by default 2. */
  readonly maxStaleness?: number;
  /** Told of failures to reach the server. They are retried; by default one line on the console. */
  readonly onError?: (error: unknown) => void;
  readonly fetch?: typeof fetch;
  readonly clocks?: Clocks;
}

export interface Settings {
  readonly server: string;
  readonly authorization: string;
  readonly expected: Expected;
  readonly maxStaleness: number;
  readonly onError: (error: unknown) => void;
  readonly fetch: typeof fetch;
  readonly clocks: Clocks;
}

const SILENCE = 1.5; // seconds; three heartbeats

export const systemClocks: Clocks = {
  monotonic: () => performance.now() / 1000,
  wall: () => Date.now() / 1000,
};

export function settingsOf(options: VerifierOptions): Settings {
  const server = options.server.replace(/\/+$/, "");
  return {
    server,
    authorization: basic(options.clientId, options.clientSecret),
    expected: { issuer: options.issuer ?? server, audience: options.audience ?? "authgate" },
    maxStaleness: options.maxStaleness ?? 2,
    onError: options.onError ?? complain,
    fetch: options.fetch ?? globalThis.fetch,
    clocks: options.clocks ?? systemClocks,
  };
}

export function feedAddress(settings: Settings): FeedAddress {
  const { server, authorization, fetch } = settings;
  return { url: `${server}/api/oauth/revocations`, authorization, fetch, silence: SILENCE };
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function basic(clientId: string, secret: string): string {
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

function complain(error: unknown): void {
  console.error("authgate verifier:", reasonOf(error));
}
