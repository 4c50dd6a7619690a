import { ExpiredToken, InvalidToken } from "./errors.js";
import type { JsonObject } from "./json.js";

/** What an access token says (RFC 9068 §2.2, and Authgate's own claims). Times are Unix seconds. */
export interface Claims {
  readonly subject: string;
  readonly userId: number;
  readonly session: string;
  readonly tokenId: string;
  readonly username: string;
  readonly isStaff: boolean;
  readonly isSuperuser: boolean;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The session's epoch at issue; null in tokens of servers before 0.1.0. */
  readonly epoch: number | null;
  /** The account's version when its rights were read; null in tokens of servers before 0.1.0. */
  readonly version: number | null;
  readonly generation: number;
  /** Every claim as it was signed. Rights that were taken away since are still true in here. */
  readonly raw: JsonObject;
}

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
}

const LEEWAY = 30; // seconds that the issuer's clock may be ahead of ours; never lengthens a life
const PRINTABLE = /^[ -~]{1,64}$/;
const SUBJECT = /^[0-9]{1,18}$/;

/** Throws InvalidToken when a claim is missing, of another type than Authgate issues, or not for us. */
export function accessClaims(raw: JsonObject, expected: Expected): Claims {
  if (raw.type !== "access") throw new InvalidToken("wrong_type");
  if (raw.iss !== expected.issuer) throw new InvalidToken("wrong_iss");
  if (raw.aud !== expected.audience) throw new InvalidToken("wrong_aud");
  text(raw, "client_id");
  return claimsOf(raw);
}

/** The claims without regard to whom they are for: of an answer of the server itself. Throws InvalidToken. */
export function claimsOf(raw: JsonObject): Claims {
  const subject = text(raw, "sub");
  if (!SUBJECT.test(subject)) throw new InvalidToken("bad_sub");
  return {
    subject,
    userId: Number(subject),
    session: text(raw, "sid"),
    tokenId: text(raw, "jti"),
    username: typeof raw.username === "string" ? raw.username : "",
    isStaff: raw.is_staff === true,
    isSuperuser: raw.is_superuser === true,
    issuedAt: integer(raw, "iat"),
    expiresAt: integer(raw, "exp"),
    epoch: raw.epoch === undefined ? null : integer(raw, "epoch"),
    version: raw.version === undefined ? null : integer(raw, "version"),
    generation: integer(raw, "gen"),
    raw,
  };
}

/** `now` in Unix seconds. Refuses at the second of exp, not after it (RFC 7519 §4.1.4). Throws InvalidToken. */
export function checkTimes(claims: Claims, now: number): void {
  if (claims.expiresAt <= now) throw new ExpiredToken();
  if (claims.issuedAt > now + LEEWAY) throw new InvalidToken("issued_in_future");
  if (claims.raw.nbf !== undefined && integer(claims.raw, "nbf") > now + LEEWAY)
    throw new InvalidToken("not_yet_valid");
}

function text(raw: JsonObject, name: string): string {
  const value = raw[name];
  if (typeof value !== "string" || !PRINTABLE.test(value)) throw new InvalidToken(`bad_${name}`);
  return value;
}

function integer(raw: JsonObject, name: string): number {
  const value = raw[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new InvalidToken(`bad_${name}`);
  return value as number;
}
