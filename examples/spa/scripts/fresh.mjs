// Exits with 1 unless app/views/demo/ is what the sources build.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const kept = join(root, "../../app/views/demo");
const built = mkdtempSync(join(tmpdir(), "authgate-demo-"));
try {
  await build({ root, logLevel: "warn", build: { outDir: built } });
  const names = new Set([...readdirSync(kept), ...readdirSync(built)]);
  const stale = [...names].filter((name) => textOf(kept, name) !== textOf(built, name));
  if (stale.length) {
    console.error(
      `app/views/demo/ is not what examples/spa builds (${stale.join(", ")}): run make demo, and commit it.`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(built, { recursive: true });
}

function textOf(directory, name) {
  return readdirSync(directory).includes(name) ? readFileSync(join(directory, name), "utf8") : null;
}
