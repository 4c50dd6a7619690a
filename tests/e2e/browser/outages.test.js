import { afterAll, beforeAll, expect, test } from "vitest";
import { Authgate } from "./support/authgate.js";
import { launch, openPage } from "./support/browser.js";
import { refresh, signedIn, signUp, useSession } from "./support/demo.js";
import { LosingProxy } from "./support/proxy.js";

const REFRESH = "**/api/auth/refresh";

let browser;
const authgate = new Authgate();
const proxy = new LosingProxy();
beforeAll(async () => {
  await authgate.start();
  await proxy.start(authgate.url);
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  proxy.stop();
  await authgate.end();
});

const places = test.for(["local", "cookie"]);

places("the answer to a refresh is lost, and the next attempt has the same tokens (%s)", async (tokens) => {
  const page = await openPage(browser);
  await signUp(page, proxy.url, tokens);
  proxy.lost = 0;
  proxy.loseNext("/api/auth/refresh");
  const retried = page.waitForResponse(REFRESH);

  await page.getByRole("button", { name: "Refresh now" }).click();

  expect((await (await retried).allHeaders())["authgate-refresh"]).toBe("retried");
  expect(proxy.lost).toBe(1);
  await page.getByText("Number 2 of session").waitFor();
  await useSession(page);
  await page.context().close();
});

places("503 signs nobody out (%s)", async (tokens) => {
  const page = await openPage(browser);
  await signUp(page, authgate.url, tokens);
  const body = { error: "service_unavailable", message: "Try again soon.", details: null };
  await page.route("**/api/**", (route) => route.fulfill({ status: 503, headers: { "Retry-After": "1" }, json: body }));

  await page.getByRole("button", { name: "Refresh now" }).click();
  await page.getByText("again in 1 s").first().waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByText("Try again soon.").waitFor();
  await signedIn(page);
  await page.unroute("**/api/**");

  await useSession(page);
  await page.context().close();
});

places("a restart of the server signs nobody out (%s)", async (tokens) => {
  const page = await openPage(browser);
  await signUp(page, authgate.url, tokens);
  await authgate.stop();

  await page.getByRole("button", { name: "Refresh now" }).click();
  await page.getByText("no answer").first().waitFor();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByText("The server could not be reached.").waitFor();
  await signedIn(page);
  await authgate.start();

  await page.getByRole("link", { name: "Overview" }).click();
  await useSession(page);
  expect((await refresh(page)).status()).toBe(200);
  await page.context().close();
});

test("a cut line is mended, and the page goes on", async () => {
  const page = await openPage(browser);
  await signUp(page, authgate.url);
  await page.getByRole("button", { name: "Cut the line" }).click();
  await page.getByText("no answer").first().waitFor();

  await page.getByRole("button", { name: "Mend the line" }).click();

  await page.getByText("Number 2 of session").waitFor();
  await page.context().close();
});
