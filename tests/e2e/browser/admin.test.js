import { afterAll, beforeAll, expect, test } from "vitest";
import { Authgate } from "./support/authgate.js";
import { launch, openPage } from "./support/browser.js";
import { shoot } from "./support/screenshots.js";

const WIDTH = 1280;
const LISTS = ["user", "session", "userloginhistory", "securityevent", "revocation", "blacklistedtoken"];

const authgate = new Authgate();
let browser;
let page;
beforeAll(async () => {
  await authgate.start();
  authgate.runScript("tests/e2e/browser/support/long_rows.py");
  browser = await launch();
  page = await openPage(browser, { viewport: { width: WIDTH, height: 900 } });
  await page.goto(`${authgate.url}/admin/`);
  await page.getByLabel("Username or e-mail").fill("admin");
  await page.getByLabel("Password").fill("correct horse battery staple");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("Recent actions").waitFor();
});
afterAll(async () => {
  await browser.close();
  await authgate.end();
});

/** What reaches past the window, or has to be scrolled sideways within it. */
const tooWide = () =>
  page.evaluate((width) => {
    const wide = (element) => element.getBoundingClientRect().right > width || element.scrollWidth > width;
    const scrolls = (element) =>
      getComputedStyle(element).overflowX !== "visible" && element.scrollWidth > element.clientWidth;
    return [...document.querySelectorAll("html, body *")]
      .filter((element) => element.checkVisibility() && !element.matches("input, select, button, .visually-hidden"))
      .filter((element) => wide(element) || scrolls(element))
      .map((element) => `${element.localName}#${element.id}.${element.className}: ${element.scrollWidth}`);
  }, WIDTH);

test.each(LISTS)("the longest values fit the window: %s", async (name) => {
  await page.goto(`${authgate.url}/admin/accounts/${name}/`);
  await page.locator("#result_list").waitFor();
  await shoot(page, `admin-${name}-list`);
  expect(await tooWide()).toEqual([]);

  await page.locator("#result_list tbody tr", { hasNotText: "admin" }).first().locator("th a").click();
  await page.locator(".historylink").waitFor();
  await shoot(page, `admin-${name}`, { fullPage: true });
  expect(await tooWide()).toEqual([]);
});
