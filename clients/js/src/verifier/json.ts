import { InvalidToken } from "./errors.js";

export type JsonObject = Readonly<Record<string, unknown>>;

const LEXEME = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON object in `bytes`. A repeated member name is refused (RFC 7515 §4, RFC 7519 §4). Throws InvalidToken. */
export function strictObject(bytes: Uint8Array, part: string): JsonObject {
  const [text, value] = parse(bytes, part);
  if (!isObject(value)) throw new InvalidToken(`${part}_not_object`);
  if (repeatsMember(text)) throw new InvalidToken(`${part}_repeats_member`);
  return value;
}

function parse(bytes: Uint8Array, part: string): [string, unknown] {
  try {
    const text = utf8.decode(bytes);
    return [text, JSON.parse(text)];
  } catch {
    throw new InvalidToken(`${part}_not_json`); // the parser's own message would quote the token
  }
}

/** Whether valid JSON names a member of one object twice, at any depth. */
function repeatsMember(text: string): boolean {
  const open: Set<string>[] = [];
  let last = "";
  for (const [lexeme] of text.matchAll(LEXEME)) {
    if (lexeme === "{" || lexeme === "[") open.push(new Set());
    else if (lexeme === "}" || lexeme === "]") open.pop();
    else if (lexeme === ":" && !isNew(open.at(-1), last)) return true;
    last = lexeme;
  }
  return false;
}

function isNew(names: Set<string> | undefined, literal: string): boolean {
  const name = JSON.parse(literal) as string; // "\u0061lg" is "alg"
  if (!names || names.has(name)) return false;
  names.add(name);
  return true;
}
