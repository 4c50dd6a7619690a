import type { SignOutReason, Status, User } from "authgate";
import { client } from "./client.ts";
import { Store, useStore } from "./store.ts";

interface Auth {
  status: Status;
  user: User | null;
  /** Why nobody is signed in any more. */
  ended: SignOutReason | null;
  /** Counts the changes. */
  turn: number;
}

const auth = new Store<Auth>({ status: client.status, user: client.user, ended: null, turn: 0 });

client.onChange((event) => {
  const ended = event.type === "signed-out" ? event.reason : null;
  auth.set({ status: client.status, user: client.user, ended, turn: auth.get().turn + 1 });
});

export const useAuth = (): Auth => useStore(auth);
