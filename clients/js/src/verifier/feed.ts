import { setTimeout as sleep } from "node:timers/promises";
import { connect, type FeedAddress, FeedRefused } from "./connection.js";
import type { ServerEvent } from "./events.js";
import type { Freshness } from "./freshness.js";
import { isObject } from "./json.js";
import { type Revocation, readRevocation } from "./revocation.js";

const FIRST_PAUSE = 0.1; // seconds
const LONGEST_PAUSE = 1;
const LONGEST_WISH = 5; // of Retry-After that we follow

export interface FeedListener {
  connecting(): void;
  revocation(entry: Revocation): void;
  heartbeat(): void;
  failure(error: unknown): void;
}

/** Reads the revocation feed for good: resumes behind the last event it took, and pauses longer with every failure. */
export class FeedReader {
  private readonly stop = new AbortController();
  private cursor: string | undefined;
  private failures = 0;

  constructor(
    private readonly address: FeedAddress,
    private readonly freshness: Freshness,
    private readonly listener: FeedListener,
  ) {}

  /** Resolves after `close`. */
  async run(): Promise<void> {
    while (!this.stop.signal.aborted) {
      const error = await this.follow();
      if (this.stop.signal.aborted) return;
      if (error) this.listener.failure(error);
      await this.pause(error);
    }
  }

  close(): void {
    this.stop.abort();
  }

  private async follow(): Promise<unknown> {
    const sent = this.freshness.read();
    this.listener.connecting();
    try {
      for await (const event of connect(this.address, this.cursor, this.stop.signal)) this.take(event, sent);
      return null;
    } catch (error) {
      return error;
    }
  }

  /** The cursor moves only behind what was understood: after garbage the same event is asked for again. */
  private take(event: ServerEvent, sent: ReturnType<Freshness["read"]>): void {
    if (event.type === "revocation") this.listener.revocation(readRevocation(event.data));
    if (event.type === "heartbeat") {
      this.freshness.heartbeat(sent, readAt(event.data));
      this.failures = 0;
      this.listener.heartbeat();
    }
    this.cursor = event.id ?? this.cursor;
  }

  /** The first try after a good stream is immediate. */
  private async pause(error: unknown): Promise<void> {
    const backoff = this.failures ? Math.min(FIRST_PAUSE * 2 ** (this.failures - 1), LONGEST_PAUSE) : 0;
    const wish = error instanceof FeedRefused ? Math.min(error.retryAfter, LONGEST_WISH) : 0;
    this.failures += 1;
    const seconds = Math.max(backoff * (0.5 + Math.random() / 2), wish);
    await sleep(seconds * 1000, undefined, { signal: this.stop.signal }).catch(() => undefined); // closed meanwhile
  }
}

function readAt(data: string): number {
  const value: unknown = JSON.parse(data);
  if (isObject(value) && typeof value.at === "number" && value.at >= 0) return value.at;
  throw new Error("a heartbeat of the feed does not say when the log was read");
}
