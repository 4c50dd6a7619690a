import type { SignOutReason } from "authgate";
import { client } from "./client.ts";
import { Store } from "./store.ts";

/** Why nobody is signed in any more, if somebody was. */
export const ending = new Store<SignOutReason | null>(null);

/** Counts the pairs of tokens. */
export const pairs = new Store(0);

client.onChange((event) => {
  ending.set(event.type === "signed-out" ? event.reason : null);
  pairs.set(pairs.get() + 1);
});
