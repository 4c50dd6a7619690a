import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, openPage } from "./support/browser.js";
import { startChat } from "./support/chat.js";
import { PASSWORD } from "./support/demo.js";
import { faultsOf } from "./support/faults.js";
import { shoot } from "./support/screenshots.js";

let browser;
let chat;
beforeAll(async () => {
  [browser, chat] = await Promise.all([launch(), startChat()]);
});
afterAll(() => Promise.all([browser.close(), chat.end()]));

const connected = (page) => page.getByText("connected", { exact: true }).waitFor();
const ending = (page) => page.getByText("closed with 4403 revoked");

/** By the keyboard alone. */
async function signUp(page, username) {
  await page.goto(chat.url);
  await page.getByRole("button", { name: "Create an account" }).press("Enter");
  await page.getByLabel("Username").focus();
  for (const text of [username, `${username}@example.com`, PASSWORD]) {
    await page.keyboard.type(text);
    await page.keyboard.press(text === PASSWORD ? "Enter" : "Tab");
  }
  await connected(page);
}

async function signIn(page, username) {
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await connected(page);
}

async function say(page, text) {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.keyboard.press("Enter");
}

test.each(["light", "dark"])("a sign-out closes the socket of the other window, visibly (%s)", async (colorScheme) => {
  const one = await openPage(browser, { colorScheme, viewport: { width: 390, height: 700 } });
  const seen = [];
  one.on("pageerror", (error) => seen.push(String(error)));
  const look = async (scene) => {
    await shoot(one, `chat-${scene}-${colorScheme}`);
    seen.push(...(await faultsOf(one)));
    expect(await one.evaluate(() => document.documentElement.scrollWidth <= innerWidth), scene).toBe(true);
  };
  const username = `ann-${colorScheme}`;
  await signUp(one, username);
  const opened = one.context().waitForEvent("page");
  await one.getByRole("link", { name: "Another window" }).click();
  const other = await opened;
  await connected(other);
  await say(other, "hello from <b>here</b>");
  await one.getByText("hello from <b>here</b>").waitFor();
  await look("room");

  await other.getByRole("button", { name: "Sign out", exact: true }).click();
  await Promise.all([ending(one).waitFor(), ending(other).waitFor()]);
  await look("closed");
  await signIn(one, username);
  await connected(other);

  expect(await ending(one).isVisible()).toBe(false);
  expect(seen).toEqual([]);
  await one.context().close();
});

test("a sign-in that is refused says so", async () => {
  const page = await openPage(browser);
  await page.goto(chat.url);
  await page.getByLabel("Username").fill("nobody");
  await page.getByLabel("Password").fill("wrong horse");
  await page.keyboard.press("Enter");

  await page.locator("#problem:not(:empty)").waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.context().close();
});
