import { AuthClient } from "./client.ts";
import type { ClientOptions } from "./options.ts";

export function createAuthClient(options?: ClientOptions): AuthClient {
  return new AuthClient(options);
}

export type { AuthClient, CallInit } from "./client.ts";
export type { Clock } from "./clock.ts";
export { AuthError, NetworkError, SessionEndedError } from "./errors.ts";
export type { ClientOptions } from "./options.ts";
export type { Page } from "./page.ts";
export type { TokenStorage } from "./storage.ts";
export type { Channel, Locks } from "./tabs.ts";
export type * from "./types.ts";
