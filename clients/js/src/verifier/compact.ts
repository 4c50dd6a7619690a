import { InvalidToken } from "./errors.js";
import { type JsonObject, strictObject } from "./json.js";

/** Characters. Node's own limit of all header fields is 16 KiB. */
export const MAX_LENGTH = 8192;

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export interface CompactToken {
  readonly header: JsonObject;
  readonly payload: Uint8Array;
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/**
 * JWS Compact Serialization read strictly (RFC 7515 §7.1): one token has one spelling. Throws InvalidToken for
 * anything but three canonical base64url parts, the first of them a JSON object.
 */
export function readCompact(token: unknown): CompactToken {
  if (typeof token !== "string") throw new InvalidToken("not_text");
  if (token.length > MAX_LENGTH) throw new InvalidToken("too_long");
  if (!COMPACT.test(token)) throw new InvalidToken("not_compact");
  const [header, payload, signature] = token.split(".").map(decode) as [Buffer, Buffer, Buffer];
  const signed = Buffer.from(token.slice(0, token.lastIndexOf(".")), "ascii");
  return { header: strictObject(header, "header"), payload, signed, signature };
}

function decode(part: string): Buffer {
  const bytes = Buffer.from(part, "base64url");
  if (bytes.toString("base64url") !== part) throw new InvalidToken("not_canonical"); // stray low bits
  return bytes;
}
