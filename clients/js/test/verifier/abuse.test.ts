import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createVerifier, ExpiredToken, InvalidToken, type Verifier } from "../../src/verifier/index.js";
import { FakeServer, newKey, SECRET, signParts } from "./fake-server.js";

let server: FakeServer;
let verifier: Verifier;

beforeAll(async () => {
  server = await new FakeServer().start();
  verifier = createVerifier({ server: server.url, clientId: "svc", clientSecret: SECRET });
  await verifier.start();
});

afterAll(async () => {
  await verifier.close();
  await server.stop();
});

const part = (text: string) => Buffer.from(text).toString("base64url");

function signedText(header: string, payload: string): string {
  const marked = signParts(header, payload, server.key.privateKey);
  return marked;
}

function hmacWithPublicKey(): string {
  const head = `${part(JSON.stringify({ alg: "HS256", typ: "at+jwt", kid: "k1" }))}.${part(JSON.stringify(server.claims()))}`;
  return `${head}.${createHmac("sha256", JSON.stringify(server.key.jwk)).update(head).digest("base64url")}`;
}

const HEADER = '{"alg":"ES256","typ":"at+jwt","kid":"k1"}';
const ABUSES: [string, () => string, string][] = [
  ["alg none", () => server.token({}, { alg: "none" }), "wrong_alg"],
  ["alg none, unsigned", () => `${part('{"alg":"none"}')}.${part("{}")}.`, "not_compact"],
  ["HS256 with the public key", hmacWithPublicKey, "wrong_alg"],
  ["an algorithm of another key", () => server.token({}, { alg: "EdDSA" }), "wrong_alg"],
  ["typ JWT", () => server.token({}, { typ: "JWT" }), "wrong_typ"],
  ["no typ", () => server.token({}, { typ: undefined }), "wrong_typ"],
  ["a refresh token", () => server.token({ type: "refresh" }), "wrong_type"],
  ["crit", () => server.token({}, { crit: ["b64"], b64: true }), "unexpected_header"],
  ["jku", () => server.token({}, { jku: "http://127.0.0.1/" }), "unexpected_header"],
  ["kid of another type", () => server.token({}, { kid: 1 }), "bad_kid"],
  ["a prototype's name as kid", () => server.token({}, { kid: "__proto__" }), "unknown_kid"],
  ["another's key", () => signParts(JSON.parse(HEADER), server.claims(), newKey("k1").privateKey), "bad_signature"],
  ["another issuer", () => server.token({ iss: "evil" }), "wrong_iss"],
  ["another audience", () => server.token({ aud: "other" }), "wrong_aud"],
  ["a list of audiences", () => server.token({ aud: ["authgate"] }), "wrong_aud"],
  ["a number as sub", () => server.token({ sub: 7 }), "bad_sub"],
  ["no sid", () => server.token({ sid: undefined }), "bad_sid"],
  ["a broken exp", () => server.token({ exp: 9e9 + 0.5 }), "bad_exp"],
  ["a version of text", () => server.token({ version: "3" }), "bad_version"],
  ["an exp of text", () => server.token({ exp: "9999999999" }), "bad_exp"],
  ["issued in future", () => server.token({ iat: Math.floor(Date.now() / 1000) + 120 }), "issued_in_future"],
  ["not yet valid", () => server.token({ nbf: Math.floor(Date.now() / 1000) + 120 }), "not_yet_valid"],
  [
    "a repeated header member",
    () => signedText('{"alg":"ES256","typ":"at+jwt","kid":"k1","\\u0061lg":"none"}', "{}"),
    "header_repeats_member",
  ],
  ["a repeated claim", () => signedText(HEADER, '{"sub":"7","sub":"8"}'), "payload_repeats_member"],
  ["a payload of text", () => signedText(HEADER, '"7"'), "payload_not_object"],
  ["a header that is no JSON", () => signedText("{", "{}"), "header_not_json"],
  ["too much", () => server.token({ more: "x".repeat(8192) }), "too_long"],
  ["padding", () => `${server.token()}=`, "not_compact"],
  ["a line break", () => `${server.token()}\n`, "not_compact"],
  ["four parts", () => `${server.token()}.e30`, "not_compact"],
  ["nothing", () => "", "not_compact"],
];

it.each(ABUSES)("refuses %s", async (_name, make, reason) => {
  const refusal = await verifier.verify(make()).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidToken);
  expect(refusal).toMatchObject({ code: "invalid_token", reason });
});

it("refuses at the second of exp", async () => {
  const token = server.token({ exp: Math.floor(Date.now() / 1000) });
  await expect(verifier.verify(token)).rejects.toBeInstanceOf(ExpiredToken);
});

it("refuses every other spelling of a good token", async () => {
  const token = server.token();
  const last = token.at(-1) as string;
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (const other of alphabet.replace(last, "")) {
    await expect(verifier.verify(token.slice(0, -1) + other)).rejects.toBeInstanceOf(InvalidToken);
  }
});

it("accepts the long form of typ in any case", async () => {
  await expect(verifier.verify(server.token({}, { typ: "Application/AT+JWT" }))).resolves.toMatchObject({
    subject: "7",
  });
});
