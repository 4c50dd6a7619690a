import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { fromJwk, signatureFits } from "../../src/verifier/jwk.js";

/* Test vectors of Project Wycheproof, which are not part of this repository. */
const FOLDER = process.env.AUTHGATE_VECTORS ?? resolve(import.meta.dirname, "../../../../../shared/vectors");
const present = existsSync(join(FOLDER, "wycheproof"));
if (!present) console.warn(`SKIPPED: no test vectors in ${FOLDER}; set AUTHGATE_VECTORS.`);

interface Group {
  publicKeyJwk?: Record<string, unknown>;
  keyJwk?: Record<string, unknown>;
  tests: { tcId: number; msg: string; sig: string; result: string }[];
}

function groups(file: string): Group[] {
  return JSON.parse(readFileSync(join(FOLDER, "wycheproof", file), "utf8")).testGroups;
}

function wrongAnswers(group: Group): number[] {
  const key = fromJwk({ ...(group.publicKeyJwk ?? group.keyJwk), kid: "k", use: "sig" });
  if (!key) throw new Error("the group's key was not read");
  const judge = (msg: string, sig: string) => signatureFits(key, Buffer.from(msg, "hex"), Buffer.from(sig, "hex"));
  return group.tests
    .filter(({ msg, sig, result }) => result !== "acceptable" && judge(msg, sig) !== (result === "valid"))
    .map((test) => test.tcId);
}

describe.skipIf(!present)("Wycheproof", () => {
  it.each(["ecdsa_secp256r1_sha256_p1363_test.json", "ed25519_test.json", "rsa_signature_2048_sha256_test.json"])(
    "%s",
    (file) => {
      const withKey = groups(file).filter((group) => group.publicKeyJwk ?? group.keyJwk);
      expect(withKey.length).toBeGreaterThan(0);
      expect(withKey.flatMap(wrongAnswers)).toEqual([]);
    },
  );
});
