import type { TokenPair, User } from "./types.ts";

/** A token pair with the moments, in milliseconds of this machine's clock, at which it is due. */
export interface Tokens {
  access_token: string;
  /** Null in cookie mode. */
  refresh_token: string | null;
  expires_at: number;
  refresh_at: number;
  user: User | null;
}

/** Not so where somebody else has answered, or written into our storage. */
export function areTokens(body: unknown): boolean {
  return typeof (body as Tokens | null)?.access_token === "string";
}

export function received(body: TokenPair & { user?: User | null }, now: number): Tokens {
  const { access_token, refresh_token, expires_in, refresh_after, user } = body;
  const expires_at = now + expires_in * 1000;
  const refresh_at = now + (refresh_after ?? expires_in * 0.8) * 1000;
  return { access_token, refresh_token, expires_at, refresh_at, user: user ?? null };
}

/** The session of an access token: its claim `sid`. Empty for anything that is not such a token. */
export const sidOf = (tokens: Tokens | null): string => claimsOf(tokens).sid ?? "";

/** Which rotation of its session a token comes from. Not told by its expiry: the server spreads lifetimes. */
export const generationOf = (tokens: Tokens | null): number => claimsOf(tokens).gen ?? 0;

/** Whether these tokens come from a later rotation of the same session. */
export function follows(tokens: Tokens | null, earlier: Tokens | null): boolean {
  return sidOf(tokens) === sidOf(earlier) && generationOf(tokens) > generationOf(earlier);
}

function claimsOf(tokens: Tokens | null): { sid?: string; gen?: number } {
  try {
    const claims = tokens?.access_token.split(".")[1] ?? "";
    return JSON.parse(atob(claims.replace(/-/g, "+").replace(/_/g, "/")));
  } catch {
    return {};
  }
}
