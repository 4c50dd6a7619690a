import { client } from "./client.ts";
import { Store } from "./store.ts";
import { copiedTokens } from "./theft.ts";

const SECONDS = 5;

/** The access token that is due early, and when, in milliseconds. */
export const early = new Store<{ token: string; at: number } | null>(null);

/** Tells the client that a new token is due in a few seconds, as if most of its life were over. */
export async function makeDueSoon(): Promise<void> {
  await client.refreshAccessToken();
  const tokens = copiedTokens();
  if (!tokens) return;
  client.setTokens({ ...tokens, refresh_after: SECONDS, user: client.user });
  early.set({ token: tokens.access_token, at: Date.now() + SECONDS * 1000 });
}
