import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

/** What a reader has by then: from the text around an example, or from the one before it. */
const GIVEN: Record<string, string> = {
  auth: 'import { createAuthClient } from "authgate";\nconst auth = createAuthClient();\n',
  verifier: 'import { createVerifier } from "authgate/verifier";\nconst verifier = createVerifier(null);\n',
};

const OPTIONS: ts.CompilerOptions = {
  allowJs: true,
  checkJs: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  allowImportingTsExtensions: true,
  jsx: ts.JsxEmit.ReactJSX,
  types: ["node"],
  skipLibCheck: true,
  paths: { authgate: ["./src/core/index.ts"], "authgate/*": ["./src/*/index.ts"] },
};

const examples = new Map(
  [...readFileSync("README.md", "utf8").matchAll(/^```(jsx?)\n(.*?)^```/gms)].map(([, language, code = ""], place) => [
    `${process.cwd()}/example-${place + 1}.${language}`,
    Object.entries(GIVEN).reduce((text, [name, given]) => (needs(text, name) ? given + text : text), code),
  ]),
);

function needs(code: string, name: string): boolean {
  return new RegExp(`\\b${name}[.,)]`).test(code) && !new RegExp(`(const|\\{) ${name}\\b`).test(code);
}

/** What a project of JavaScript that has its types checked would be told. */
function faults(): string[] {
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => examples.has(name) || fileExists(name);
  host.readFile = (name) => examples.get(name) ?? readFile(name);
  const program = ts.createProgram([...examples.keys()], OPTIONS, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}

test("every example of the README type-checks", { timeout: 60_000 }, () => {
  expect(examples.size).toBeGreaterThan(5);
  expect(faults()).toEqual([]);
});
