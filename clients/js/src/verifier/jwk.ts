import { constants, createPublicKey, type JsonWebKeyInput, type KeyObject, verify } from "node:crypto";
import { isObject, type JsonObject } from "./json.js";

export type Algorithm = "ES256" | "EdDSA" | "RS256";

/** A public key and the one algorithm it verifies: the key decides, never the token (RFC 8725 §3.1). */
export interface VerifyingKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

const MEMBERS: Record<Algorithm, readonly string[]> = {
  ES256: ["kty", "crv", "x", "y"],
  EdDSA: ["kty", "crv", "x"],
  RS256: ["kty", "n", "e"],
};

const MIN_RSA_BITS = 2048; // RFC 7518 §3.3

/** The key of one JWK, or null when it is none that signs our tokens (others may stand in the same set). */
export function fromJwk(jwk: unknown): VerifyingKey | null {
  if (!isObject(jwk) || typeof jwk.kid !== "string" || jwk.kid === "") return null;
  const algorithm = algorithmOf(jwk);
  if (!algorithm || (jwk.alg ?? algorithm) !== algorithm || (jwk.use ?? "sig") !== "sig") return null;
  const key = publicKey(jwk, algorithm);
  return key && { kid: jwk.kid, algorithm, key };
}

/** RFC 7518 §3. Throws nothing: a signature of the wrong length or form is just wrong. */
export function signatureFits(key: VerifyingKey, signed: Uint8Array, signature: Uint8Array): boolean {
  switch (key.algorithm) {
    case "ES256":
      return verify("sha256", signed, { key: key.key, dsaEncoding: "ieee-p1363" }, signature);
    case "EdDSA":
      return verify(null, signed, key.key, signature);
    case "RS256":
      return verify("sha256", signed, { key: key.key, padding: constants.RSA_PKCS1_PADDING }, signature);
  }
}

function algorithmOf(jwk: JsonObject): Algorithm | null {
  if (jwk.kty === "EC" && jwk.crv === "P-256") return "ES256";
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") return "EdDSA";
  return jwk.kty === "RSA" ? "RS256" : null;
}

function publicKey(jwk: JsonObject, algorithm: Algorithm): KeyObject | null {
  const members = Object.fromEntries(MEMBERS[algorithm].map((name) => [name, jwk[name]]));
  try {
    const key = createPublicKey({ key: members, format: "jwk" } as JsonWebKeyInput);
    return (key.asymmetricKeyDetails?.modulusLength ?? MIN_RSA_BITS) < MIN_RSA_BITS ? null : key;
  } catch {
    return null; // not a point of the curve, not base64url, a missing member
  }
}
