import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launch, openPage } from "./support/browser.js";
import {
  anotherTab,
  endedByServer,
  fillNewPassword,
  PASSWORD,
  refresh,
  signedOut,
  signIn,
  signUp,
} from "./support/demo.js";
import { faultsOf } from "./support/faults.js";
import { shoot } from "./support/screenshots.js";

const WIDTHS = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const url = inject("url");

let browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** The scenes of the page, in the order in which somebody new comes by them. */
async function visit(page, look) {
  await page.goto(url);
  await look("sign-in");
  await page.getByRole("button", { name: "Create an account" }).click();
  await look("sign-up");
  const { username } = await signUp(page, url);
  await page.getByText("Number 1 of session").waitFor();
  await refresh(page);
  await page.getByText("Number 2 of session").waitFor();
  await look("overview");
  await elsewhere(username);
  for (const name of ["Devices", "History", "Password"]) {
    await page.getByRole("link", { name }).click();
    await page
      .getByText({ Devices: "this one", History: "signed in", Password: "New password again" }[name])
      .first()
      .waitFor();
    await look(name.toLowerCase());
  }
  return username;
}

/** A second device. */
async function elsewhere(username) {
  const page = await openPage(browser);
  await page.goto(url);
  await signIn(page, username);
  await page.context().close();
}

const looks = Object.keys(WIDTHS).flatMap((width) => ["light", "dark"].map((scheme) => [width, scheme]));

test.each(looks)("no scene has an error or a serious fault of accessibility (%s, %s)", async (width, colorScheme) => {
  const page = await openPage(browser, { viewport: WIDTHS[width], colorScheme });
  const errors = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  const faults = [];

  await visit(page, async (scene) => {
    await shoot(page, `${scene}-${width}-${colorScheme}`);
    faults.push(...(await faultsOf(page)).map((fault) => `${scene}: ${fault}`));
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), scene).toBe(true);
  });

  expect(faults).toEqual([]);
  expect(errors).toEqual([]);
  await page.context().close();
});

test("a form that is refused says what is wrong at its field, and goes there", async () => {
  const page = await openPage(browser);
  await signUp(page, url);
  await fillNewPassword(page, "short");

  await page.getByRole("button", { name: "Change", exact: true }).click();

  const field = page.getByLabel("New password", { exact: true });
  await page.locator("input[aria-invalid]").first().waitFor();
  expect(await field.getAttribute("aria-invalid")).toBe("true");
  expect(await field.evaluate((input) => input === document.activeElement)).toBe(true);
  expect(await faultsOf(page)).toEqual([]);
  await page.context().close();
});

test("somebody without a mouse signs in and out", async () => {
  const page = await openPage(browser);
  const { username } = await signUp(page, url);
  await page.getByRole("button", { name: "Sign out", exact: true }).press("Enter");
  await signedOut(page);

  await page.getByLabel("Username or e-mail").focus();
  await page.keyboard.type(username);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");

  await page.getByText("Number 1 of session").waitFor();
  expect(await page.evaluate(() => document.activeElement.id)).toBe("main");
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.context().close();
});

test("a device is ended from another, and the keyboard goes on", async () => {
  const page = await openPage(browser);
  const { username } = await signUp(page, url);
  const other = await openPage(browser);
  await other.goto(url);
  await signIn(other, username);

  await page.getByRole("link", { name: "Devices" }).click();
  await page.getByRole("button", { name: /^Sign out .*, session/ }).press("Enter");
  await page.getByText("That device is signed out.").waitFor();

  expect(await page.evaluate(() => document.activeElement.id)).toBe("main");
  await endedByServer(other);
  await Promise.all([page.context().close(), other.context().close()]);
});

test("a new token comes by itself when it is due", async () => {
  const page = await openPage(browser);
  await signUp(page, url);

  await page.getByRole("button", { name: "Make it due soon" }).click();
  await page.getByText("Number 2 of session").waitFor();

  await page.getByText("Number 3 of session").waitFor();
  await page.context().close();
});

test("a new password signs the other devices out, and this one goes on", async () => {
  const page = await openPage(browser);
  const { username } = await signUp(page, url);
  const other = await openPage(browser);
  await other.goto(url);
  await signIn(other, username);
  const tab = await anotherTab(page);

  await fillNewPassword(page, "another horse, another battery");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await page.getByText("Your other devices are signed out").waitFor();

  await tab.getByRole("link", { name: "Devices" }).click();
  await tab.getByText("this one").waitFor();
  await endedByServer(other);
  await Promise.all([page.context().close(), other.context().close()]);
});
