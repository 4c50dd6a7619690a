import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";

const LONGEST_FUNCTION = 40;
const MEDIAN_FUNCTION = 8;
const LONGEST_FILE = 250;

const sources = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name) && name !== "core/openapi.ts")
  .map((name) => ({ name, text: readFileSync(`src/${name}`, "utf8") }));

function functions({ name, text }: { name: string; text: string }): [string, number][] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const found: [string, number][] = [];
  const line = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: ts.Node): void => {
    const start = line(node.getStart());
    if (ts.isFunctionLike(node) && "body" in node && node.body)
      found.push([`${name}:${start}`, line(node.end) - start + 1]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const lengths = sources.flatMap(functions);

test("no function is long", () => {
  expect(lengths.filter(([, length]) => length > LONGEST_FUNCTION)).toEqual([]);
});

test("most functions are short", () => {
  const sorted = lengths.map(([, length]) => length).sort((one, other) => one - other);

  expect(sorted.length).toBeGreaterThan(100);
  expect(sorted[sorted.length >> 1]).toBeLessThanOrEqual(MEDIAN_FUNCTION);
});

test("the size that is stated is the size that is checked", () => {
  const [, limit] = readFileSync("scripts/size.mjs", "utf8").match(/LIMIT = (\d+)/) ?? [];
  const stated = new RegExp(`the core is ${Number(limit) / 1000} kB`, "i");

  for (const place of ["README.md", "../../docs/decisions/0017-javascript-client.md"])
    expect(readFileSync(place, "utf8")).toMatch(stated);
});

test("no file is long", () => {
  expect(sources.filter(({ text }) => text.split("\n").length > LONGEST_FILE).map(({ name }) => name)).toEqual([]);
});
