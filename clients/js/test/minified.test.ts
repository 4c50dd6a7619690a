import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";

/** What an entry exports after a bundler has shortened every name in it. */
async function minified(entry: string): Promise<Record<string, unknown>> {
  const outfile = join(mkdtempSync(join(tmpdir(), "authgate-")), "bundle.mjs");
  await build({
    entryPoints: [`src/${entry}/index.ts`],
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    outfile,
  });
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
}

type Kind = new (argument: unknown) => Error;

function isError(exported: unknown): exported is Kind {
  return typeof exported === "function" && exported.prototype instanceof Error;
}

it.each([
  ["core", 3],
  ["verifier", 7],
])("every error of %s has its name in a minified bundle", async (entry, count) => {
  const exported = Object.entries(await minified(entry));
  const names = exported.flatMap(([name, kind]) => (isError(kind) ? [[name, new kind({}).name]] : []));

  expect(names).toEqual(names.map(([name]) => [name, name]));
  expect(names.length).toBe(count);
});
