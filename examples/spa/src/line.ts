import { Store } from "./store.ts";

/** Whether requests get through: a switch on the page cuts the line, as a tunnel would. */
export const lineIsCut = new Store(false);

export function throughLine(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    if (lineIsCut.get()) throw new TypeError("The line is cut.");
    return fetch(input, init);
  };
}
