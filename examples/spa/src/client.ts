import { createAuthClient } from "authgate";
import { throughLine } from "./line.ts";
import { addEvent, logged } from "./log.ts";
import { copying } from "./theft.ts";

export const PLACES = {
  local: "localStorage",
  session: "sessionStorage",
  memory: "memory",
  cookie: "HttpOnly cookie",
} as const;

export type Place = keyof typeof PLACES;

/** Where this page keeps its tokens: `?tokens=cookie`. */
export const place: Place = chosen(new URLSearchParams(location.search).get("tokens"));

/** Without a token of its own, but in the log. */
export const plainFetch = logged(throughLine(copying((input, init) => globalThis.fetch(input, init))));

export const client = createAuthClient({
  fetch: plainFetch,
  key: `demo-${place}`,
  ...(place === "cookie" ? { mode: "cookie" } : { storage: place }),
});

client.onChange((event) => {
  if (event.type === "signed-in") addEvent("signed in", event.reason === "other-tab" ? "by another tab" : "");
  if (event.type === "refreshed") addEvent("new tokens");
  if (event.type === "signed-out") addEvent("signed out", event.reason);
});

function chosen(name: string | null): Place {
  return name !== null && name in PLACES ? (name as Place) : "local";
}
