import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launch, openPage } from "./support/browser.js";

const PACKAGE = fileURLToPath(new URL("../../../clients/js", import.meta.url));
const url = inject("url");

let browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** As an application's bundler would build it, with the vite of the demo page. */
async function bundled(code) {
  const demo = createRequire(new URL("../../../examples/spa/package.json", import.meta.url));
  const { build } = await import(pathToFileURL(demo.resolve("vite")));
  const root = mkdtempSync(join(tmpdir(), "authgate-readme-"));
  writeFileSync(join(root, "entry.js"), code);
  const [{ output }] = await build({
    root,
    configFile: false,
    logLevel: "error",
    resolve: { alias: { authgate: `${PACKAGE}/src/core/index.ts` } },
    build: { write: false, target: "es2022", lib: { entry: "entry.js", formats: ["es"], fileName: "page" } },
  });
  rmSync(root, { recursive: true });
  return output[0].code;
}

test("the ten lines of the client's README run in a page, pasted as they are", async () => {
  const readme = readFileSync(`${PACKAGE}/README.md`, "utf8");
  const [, lines] = readme.match(/^```js\n(.*?)^```/ms);
  const script = await bundled(lines.replace("http://localhost:8000", url)); // the port may be taken here
  const page = await openPage(browser);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.route(`${url}/ten-lines`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: '<!doctype html><script type="module" src="/ten-lines.js"></script>',
    }),
  );
  await page.route(`${url}/ten-lines.js`, (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  const said = page.waitForEvent("console", (message) => message.type() === "log");
  const left = page.waitForResponse("**/api/auth/logout");

  await page.goto(`${url}/ten-lines`);

  expect((await said).text()).toMatch(/^ann\d+ \S/);
  expect((await left).status()).toBe(200);
  expect(errors).toEqual([]);
  await page.context().close();
});
