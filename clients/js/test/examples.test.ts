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
  [...readFileSync("README.md", "utf8").matchAll(/^```([jt]sx?)\n(.*?)^```/gms)].map(
    ([, language, code = ""], place) => [
      `${process.cwd()}/example-${place + 1}.${language}`,
      Object.entries(GIVEN).reduce((text, [name, given]) => (needs(text, name) ? given + text : text), code),
    ],
  ),
);

function needs(code: string, name: string): boolean {
  return new RegExp(`\\b${name}[.,)]`).test(code) && !new RegExp(`(const|\\{) ${name}\\b`).test(code);
}

/** What a project that has its types checked would be told: of JavaScript, and of TypeScript as strict as there is. */
function faults(language: RegExp, strictness: ts.CompilerOptions): string[] {
  const options = { ...OPTIONS, ...strictness };
  const names = [...examples.keys()].filter((name) => language.test(name));
  expect(names.length).toBeGreaterThan(0);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => examples.has(name) || fileExists(name);
  host.readFile = (name) => examples.get(name) ?? readFile(name);
  const program = ts.createProgram(names, options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}

test("every example of the README type-checks", { timeout: 60_000 }, () => {
  expect(examples.size).toBeGreaterThan(5);
  expect(faults(/\.jsx?$/, {})).toEqual([]);
  expect(faults(/\.tsx?$/, { strict: true, exactOptionalPropertyTypes: true })).toEqual([]);
});
