import { partsOf } from "./body.js";
import { EventParser, type ServerEvent } from "./events.js";

export interface FeedAddress {
  readonly url: string;
  /** Value of the header Authorization. */
  readonly authorization: string;
  readonly fetch: typeof fetch;
  /** Seconds without a byte after which the connection is given up. */
  readonly silence: number;
}

/** The feed answered, but not with a stream. */
export class FeedRefused extends Error {
  constructor(
    readonly status: number,
    readonly retryAfter: number,
  ) {
    super(`the revocation feed answered ${status}${status === 401 ? ": check clientId and clientSecret" : ""}`);
  }
}

/** Ends with the stream; throws on a refusal, on silence, on garbage, and when `stop` is aborted. */
export async function* connect(
  address: FeedAddress,
  cursor: string | undefined,
  stop: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const watchdog = new Watchdog(address.silence, stop);
  try {
    const { signal } = watchdog;
    const parser = new EventParser();
    for await (const part of partsOf(await request(address, cursor, signal), signal)) {
      watchdog.restart();
      yield* parser.push(part);
    }
  } finally {
    watchdog.end();
  }
}

async function request(
  address: FeedAddress,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<NonNullable<Response["body"]>> {
  const resume = cursor === undefined ? {} : { "Last-Event-ID": cursor };
  const headers = { Accept: "text/event-stream", Authorization: address.authorization, ...resume };
  // A redirect would carry the credentials elsewhere.
  const response = await address.fetch(address.url, { headers, signal, redirect: "error", cache: "no-store" });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (response.status === 200 && isStream && response.body) return response.body;
  await response.body?.cancel();
  throw new FeedRefused(response.status, Number(response.headers.get("retry-after")) || 0);
}

class Watchdog {
  private readonly controller = new AbortController();
  private readonly stopped = () => this.controller.abort(this.stop.reason);
  private timer: NodeJS.Timeout;

  constructor(
    private readonly seconds: number,
    private readonly stop: AbortSignal,
  ) {
    this.timer = this.arm();
    if (stop.aborted) this.stopped();
    stop.addEventListener("abort", this.stopped);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  restart(): void {
    clearTimeout(this.timer);
    this.timer = this.arm();
  }

  end(): void {
    clearTimeout(this.timer);
    this.stop.removeEventListener("abort", this.stopped);
    this.controller.abort();
  }

  private arm(): NodeJS.Timeout {
    const bite = () => this.controller.abort(new Error(`the revocation feed was silent for ${this.seconds} s`));
    return setTimeout(bite, this.seconds * 1000);
  }
}
