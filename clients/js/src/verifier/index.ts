import type { VerifierOptions } from "./options.js";
import { Verifier } from "./verifier.js";

export type { Claims } from "./claims.js";
export {
  ExpiredToken,
  FeedStale,
  InvalidToken,
  KeysUnavailable,
  RevokedToken,
  Unavailable,
  VerificationError,
} from "./errors.js";
export type { Clocks } from "./freshness.js";
export type { VerifierOptions } from "./options.js";
export type { Revocation } from "./revocation.js";
export type { Verifier } from "./verifier.js";

/** A verifier for one Authgate server. Call `start()` before the first `verify()`. */
export function createVerifier(options: VerifierOptions): Verifier {
  return new Verifier(options);
}
