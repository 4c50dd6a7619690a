import { InvalidToken } from "./errors.js";
import type { JsonObject } from "./json.js";
import type { Algorithm } from "./jwk.js";

const MEMBERS = new Set(["alg", "typ", "kid"]);
const ALGORITHMS: readonly unknown[] = ["ES256", "EdDSA", "RS256"];
const TYPES = ["at+jwt", "application/at+jwt"];

/**
 * What the header asks for. Any member beside alg, typ and kid is refused, so also `crit` (RFC 7515 §4.1.11), `jku`
 * and `jwk`; typ must be that of an access token (RFC 9068 §2.1). Throws InvalidToken.
 */
export function readHeader(header: JsonObject): { alg: Algorithm; kid: string } {
  const { alg, typ, kid } = header;
  if (Object.keys(header).some((name) => !MEMBERS.has(name))) throw new InvalidToken("unexpected_header");
  if (!ALGORITHMS.includes(alg)) throw new InvalidToken("wrong_alg");
  if (typeof typ !== "string" || !TYPES.includes(typ.toLowerCase())) throw new InvalidToken("wrong_typ");
  if (typeof kid !== "string" || kid === "") throw new InvalidToken("bad_kid");
  return { alg: alg as Algorithm, kid };
}
