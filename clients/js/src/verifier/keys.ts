import { fetchJson } from "./body.js";
import { InvalidToken, KeysUnavailable, reasonOf } from "./errors.js";
import { isObject } from "./json.js";
import { fromJwk, type VerifyingKey } from "./jwk.js";

const REFETCH_EVERY = 5; // seconds: what a flood of unknown key ids can cost the server
const TIMEOUT = 3; // seconds

export interface KeySource {
  readonly url: string;
  readonly fetch: typeof fetch;
  /** Seconds on a clock that never jumps. */
  readonly monotonic: () => number;
}

/**
 * The server's public keys (RFC 7517 §5). They go on working while the server is away; a key that a fresh set no
 * longer has is refused.
 */
export class KeyCache {
  private keys: ReadonlyMap<string, VerifyingKey> | null = null;
  private running: Promise<void> | null = null;
  private triedAt = Number.NEGATIVE_INFINITY;
  private failure: unknown = null;

  constructor(private readonly source: KeySource) {}

  /** Why the last try failed, else empty. */
  get problem(): string {
    return this.failure ? `the public keys cannot be fetched from ${this.source.url}: ${reasonOf(this.failure)}` : "";
  }

  get ready(): boolean {
    return this.keys !== null;
  }

  /** Throws InvalidToken for a key id that a fresh set lacks, KeysUnavailable when there is no fresh set. */
  async find(kid: string): Promise<VerifyingKey> {
    const known = this.keys?.get(kid);
    if (known) return known;
    if (this.running || this.source.monotonic() - this.triedAt >= REFETCH_EVERY) await this.refresh();
    const found = this.keys?.get(kid);
    if (found) return found;
    if (this.failure || !this.keys)
      throw new KeysUnavailable("The public keys cannot be fetched.", { cause: this.failure });
    throw new InvalidToken("unknown_kid");
  }

  /** Fetch the set now; calls meanwhile share one request. Never rejects: `find` tells of a failure. */
  refresh(): Promise<void> {
    this.running ??= this.load().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async load(): Promise<void> {
    this.triedAt = this.source.monotonic();
    try {
      this.keys = keysOf(await this.download());
      this.failure = null;
    } catch (error) {
      this.failure = error;
    }
  }

  private async download(): Promise<unknown> {
    const { url, fetch } = this.source;
    const { status, body } = await fetchJson(fetch, url, {}, TIMEOUT);
    if (status !== 200) throw new Error(`the JWK Set answered ${status}`);
    return body;
  }
}

function keysOf(document: unknown): ReadonlyMap<string, VerifyingKey> {
  if (!isObject(document) || !Array.isArray(document.keys)) throw new Error("the answer is no JWK Set");
  const keys = document.keys.map(fromJwk).filter((key) => key !== null);
  return new Map(keys.map((key) => [key.kid, key]));
}
