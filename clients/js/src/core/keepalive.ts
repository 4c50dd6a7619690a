import type { Clock } from "./clock.ts";
import type { Page } from "./page.ts";

/** Timers stand still while a machine sleeps: the wall clock is looked at once in a while. */
const LONGEST_TIMER = 60_000;
const AFTER_FAILURE = 30_000;

/** Refreshes ahead of time, while somebody is looking at the page. */
export class KeepAlive {
  #cancel = () => {};
  #unhook: () => void;
  #page: Page;
  #clock: Clock;
  #due: () => number | null;
  #refresh: () => Promise<unknown>;

  /** `due`: the moment of the next refresh, or null. */
  constructor(page: Page, clock: Clock, due: () => number | null, refresh: () => Promise<unknown>) {
    this.#page = page;
    this.#clock = clock;
    this.#due = due;
    this.#refresh = refresh;
    this.#unhook = page.onWake(() => this.arm());
    this.arm();
  }

  arm(earliest = 0): void {
    this.#cancel();
    const due = this.#due();
    if (due === null || !this.#page.active()) return;
    const wait = Math.max(due - this.#clock.now(), earliest);
    this.#cancel = this.#clock.after(Math.min(wait, LONGEST_TIMER), () => this.#check(wait));
  }

  close(): void {
    this.#cancel();
    this.#unhook();
  }

  #check(waited: number): void {
    const due = this.#due();
    const isDue = due !== null && due <= this.#clock.now() && waited <= LONGEST_TIMER && this.#page.active();
    // Whoever needs a token next gets the error; here it only means: later.
    const tried = isDue ? this.#refresh() : Promise.resolve();
    tried.then(
      () => this.arm(),
      () => this.arm(AFTER_FAILURE),
    );
  }
}
