import type { Clock } from "../../src/core/clock.ts";

interface Timer {
  at: number;
  task: () => void;
}

/** Time that moves only when a test moves it. */
export class FakeClock implements Clock {
  #now = 1_000_000_000;
  #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.#now + ms, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Runs what falls due on the way, and all that follows from it. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settled();
    for (let timer = this.#next(target); timer; timer = this.#next(target)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.task();
      await settled();
    }
    this.#now = target;
  }

  /** A machine that sleeps: the wall clock goes on, timers do not fire. */
  sleepMachine(ms: number): void {
    this.#now += ms;
    for (const timer of this.#timers) timer.at += ms;
  }

  #next(target: number): Timer | undefined {
    const due = [...this.#timers].filter((timer) => timer.at <= target);
    return due.sort((one, other) => one.at - other.at)[0];
  }
}

/** `passed` is kept when `open` is called. */
export function gate(): { passed: Promise<void>; open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** After everything that is possible without time passing has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}
