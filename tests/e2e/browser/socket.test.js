import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launch, openPage } from "./support/browser.js";
import { startChat } from "./support/chat.js";
import { anotherTab, signedIn, signedOut, signUp } from "./support/demo.js";
import { faultsOf } from "./support/faults.js";
import { shoot } from "./support/screenshots.js";

let browser;
let chat;
beforeAll(async () => {
  [browser, chat] = await Promise.all([launch(), startChat()]);
});
afterAll(() => Promise.all([browser.close(), chat.end()]));

async function openSocket(page) {
  await page.getByRole("button", { name: "Open a socket" }).click();
  await page.getByText("The socket is open.").waitFor();
}

async function say(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.keyboard.press("Enter");
}

const heard = (page, text) => page.getByRole("log", { name: "Messages" }).getByText(text).waitFor();
const logged = (page, text) => page.getByText(text).first().waitFor();

test.each(["light", "dark"])("a sign-out closes the sockets of all tabs, and the page says so (%s)", async (scheme) => {
  const page = await openPage(browser, { colorScheme: scheme, viewport: { width: 390, height: 900 } });
  const seen = [];
  page.on("pageerror", (error) => seen.push(String(error)));
  await signUp(page, chat.authgate);
  const tab = await anotherTab(page);
  await openSocket(page);
  await openSocket(tab);
  await say(tab, "hello from <b>here</b>");
  await Promise.all([heard(page, "hello from <b>here</b>"), heard(tab, "hello from <b>here</b>")]);
  await page.getByText("An open socket").scrollIntoViewIfNeeded();
  await shoot(page, `socket-phone-${scheme}`);
  seen.push(...(await faultsOf(page)));

  await tab.getByRole("button", { name: "Sign out", exact: true }).click();
  await Promise.all([signedOut(page), signedOut(tab)]);
  await Promise.all([logged(page, "4403 revoked"), logged(tab, "4403 revoked")]);

  expect(seen).toEqual([]);
  await page.context().close();
});

test("its own button closes it, and no other", async () => {
  const page = await openPage(browser);
  await signUp(page, chat.authgate);
  const tab = await anotherTab(page);
  await openSocket(page);
  await openSocket(tab);
  await page.getByRole("button", { name: "Close the socket" }).click();
  await page.getByRole("button", { name: "Open a socket" }).waitFor();
  await say(tab, "still here");
  await heard(tab, "still here");

  await signedIn(page);
  await page.context().close();
});

test("where no chat runs there is no such scene", async () => {
  const page = await openPage(browser);
  await signUp(page, inject("url"));
  await page.getByText("A thief").waitFor();

  expect(await page.getByText("An open socket").count()).toBe(0);
  await page.context().close();
});
