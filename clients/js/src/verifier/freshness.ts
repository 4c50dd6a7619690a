export interface Clocks {
  /** Seconds on a clock that never jumps, but may stand still while the machine sleeps. */
  readonly monotonic: () => number;
  /** Unix seconds. */
  readonly wall: () => number;
}

interface Reading {
  readonly monotonic: number;
  readonly wall: number;
}

const MAX_DRIFT = 1; // seconds within one connection, which lasts 15 minutes

/** Up to which moment everything that was revoked is known. Two clocks, so that a machine that slept does not trust itself. */
export class Freshness {
  private known: Reading = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };

  constructor(private readonly clocks: Clocks) {}

  read(): Reading {
    return { monotonic: this.clocks.monotonic(), wall: this.clocks.wall() };
  }

  /**
   * A heartbeat came that says the log was read `at` seconds after our request, sent at `sent`, had arrived. The
   * request arrived later than it was sent, so adding to `sent` errs on the safe side, whatever the network does.
   * Throws when the wall clock ran ahead of the other since: the machine slept, and the connection's times mean nothing.
   */
  heartbeat(sent: Reading, at: number): void {
    const now = this.read();
    const ahead = now.wall - sent.wall - (now.monotonic - sent.monotonic);
    if (ahead > MAX_DRIFT) throw new Error("the clock was set forward or the machine slept: connecting again");
    this.known = {
      monotonic: Math.max(this.known.monotonic, Math.min(sent.monotonic + at, now.monotonic)),
      wall: Math.min(sent.wall + at, now.wall),
    };
  }

  /** Seconds since that moment; Infinity before the first heartbeat. */
  staleness(): number {
    const now = this.read();
    return Math.max(0, now.monotonic - this.known.monotonic, now.wall - this.known.wall);
  }
}
