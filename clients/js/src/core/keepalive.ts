import type { Clock } from "./clock.ts";
import type { Page } from "./page.ts";

/** Timers stand still while a machine sleeps: the wall clock is looked at once in a while. */
const LONGEST_TIMER = 60_000;
const AFTER_FAILURE = 30_000;

export interface KeepAlive {
  /** To be called when another refresh is due. */
  arm(): void;
  close(): void;
}

/** Refreshes ahead of time, while somebody is looking at the page. `due`: the moment of the next refresh, or null. */
export function keepAlive(
  page: Page,
  clock: Clock,
  due: () => number | null,
  refresh: () => Promise<unknown>,
): KeepAlive {
  let cancel = () => {};
  let closed = false;

  const arm = (earliest = 0) => {
    cancel();
    const moment = due();
    if (closed || moment === null || !page.active()) return;
    cancel = clock.after(Math.min(Math.max(moment - clock.now(), earliest), LONGEST_TIMER), check);
  };

  const check = () => {
    const moment = due();
    if (moment === null || moment > clock.now() || !page.active()) return arm();
    // Whoever needs a token next gets the error; here it only means: later.
    refresh().then(
      () => arm(),
      () => arm(AFTER_FAILURE),
    );
  };

  const unhook = page.onWake(() => arm());
  arm();
  const close = () => {
    closed = true;
    cancel();
    unhook();
  };
  return { arm: () => arm(), close };
}
