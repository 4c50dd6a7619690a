// What the core costs a page: the built entry and the chunks that it imports, minified by the bundler's own minifier.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "tsdown";

/** Bytes. README.md and docs/decisions/0017 state it. */
const LIMIT = 5300;

await build({
  config: false,
  entry: { core: "dist/core/index.js" },
  outDir: "node_modules/.cache/size",
  minify: true,
  dts: false,
  platform: "browser",
  logLevel: "error",
});
const size = gzipSync(readFileSync("node_modules/.cache/size/core.js"), { level: 9 }).length;
console.log(`core: ${size} bytes of ${LIMIT} (minified, gzip)`);
process.exitCode = size > LIMIT ? 1 : 0;
