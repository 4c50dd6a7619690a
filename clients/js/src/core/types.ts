import type { components } from "./openapi.ts";

type Schemas = components["schemas"];

export type User = Schemas["UserSchema"];
export type Registration = Schemas["RegisterSchema"];
/** What register and login answer. */
export type TokenBody = Schemas["TokenResponseSchema"];
/** What refresh and change-password answer: no user. */
export type TokenPair = Schemas["TokenPairSchema"];
export type Device = Schemas["SessionSchema"];
export type DevicePage = Schemas["SessionsSchema"];
export type LoginHistoryPage = Schemas["LoginHistorySchema"];
export type SecurityEventPage = Schemas["SecurityEventsSchema"];
export type Ticket = Schemas["TicketSchema"];

export interface Abortable {
  signal?: AbortSignal | undefined;
}

export interface Paging extends Abortable {
  /** 1 to 100; 50 by default. */
  limit?: number | undefined;
  /** `next_cursor` of the page before. */
  cursor?: string | null | undefined;
}

/** `unknown` until a tab that has no tokens of its own has asked the cookie or the other tabs: see `ready()`. */
export type Status = "signed-in" | "signed-out" | "unknown";

/** `nobody`: it has just become known that nobody was signed in. `cleared`: by `clearTokens()`. */
export type SignOutReason = "logout" | "session-ended" | "other-tab" | "cleared" | "nobody";

export type AuthEvent =
  | { type: "signed-in"; user: User | null; reason: "here" | "other-tab" }
  | { type: "refreshed" }
  | { type: "user"; user: User }
  | { type: "signed-out"; reason: SignOutReason };

export type Listener = (event: AuthEvent) => void;
