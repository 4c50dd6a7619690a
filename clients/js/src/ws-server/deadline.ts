const RENEW_BEFORE = 60; // seconds before expiry
const RENEW_SHARE = 0.2; // of a life so short that 60 s are more
const LONGEST_TIMER = 86_400; // seconds: setTimeout counts in 31 bits of milliseconds

/** Calls `ask` some time before `expiresAt` (Unix seconds), and `expire` at it. */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly wall: () => number,
    private readonly ask: () => void,
    private readonly expire: () => void,
  ) {}

  set(expiresAt: number): void {
    this.clear();
    const lead = Math.min(RENEW_BEFORE, (expiresAt - this.wall()) * RENEW_SHARE);
    this.wait(expiresAt - lead, () => {
      this.ask();
      this.wait(expiresAt, this.expire);
    });
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  private wait(until: number, then: () => void): void {
    const left = until - this.wall();
    const again = left > 0 ? () => this.wait(until, then) : then;
    this.timer = setTimeout(again, Math.min(Math.max(left, 0), LONGEST_TIMER) * 1000).unref();
  }
}
