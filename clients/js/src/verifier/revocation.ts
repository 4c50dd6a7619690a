import { isObject } from "./json.js";

/** One entry of the feed. Exactly one of `session`, `tokenId`, `epoch` is defined, or `claimsOnly` is true. */
export interface Revocation {
  readonly subject: string;
  readonly session: string | undefined;
  readonly tokenId: string | undefined;
  /** Every token of the account with a lower epoch is over; one without the claim, if issued before `before`. */
  readonly epoch: number | undefined;
  /** The session that an `epoch` entry spares. */
  readonly except: string | undefined;
  /**
   * No token is over, but rights in tokens of a lower `version` are no longer believed; in one without the claim, if
   * issued until `before`.
   */
  readonly claimsOnly: boolean;
  readonly version: number | undefined;
  /** Unix seconds by the server's database. */
  readonly before: number;
  /** Unix seconds after which no concerned token is alive. */
  readonly expiresAt: number;
  readonly reason: string;
}

/** Throws Error for anything that is not an entry: a reader that passed over it might accept a revoked token. */
export function readRevocation(data: string): Revocation {
  const value: unknown = JSON.parse(data);
  if (!isObject(value)) throw new Error("a feed entry is no object");
  const entry = {
    subject: required<string>(value.sub, "string", "sub"),
    session: optional<string>(value.sid, "string", "sid"),
    tokenId: optional<string>(value.jti, "string", "jti"),
    epoch: optional<number>(value.epoch, "number", "epoch"),
    except: optional<string>(value.except, "string", "except"),
    claimsOnly: value.claims_only === true,
    version: optional<number>(value.version, "number", "version"),
    before: required<number>(value.before, "number", "before"),
    expiresAt: required<number>(value.exp, "number", "exp"),
    reason: optional<string>(value.reason, "string", "reason") ?? "",
  };
  const aims = [entry.session, entry.tokenId, entry.epoch].filter((aim) => aim !== undefined).length;
  if (aims + Number(entry.claimsOnly) !== 1) throw new Error("a feed entry does not say what it ends");
  return entry;
}

function required<T>(value: unknown, type: string, name: string): T {
  if (typeof value !== type) throw new Error(`a feed entry has no ${name}`);
  return value as T;
}

function optional<T>(value: unknown, type: string, name: string): T | undefined {
  return value === undefined ? undefined : required<T>(value, type, name);
}
