import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launch, openPage } from "./support/browser.js";
import {
  anotherTab,
  fillNewPassword,
  refresh,
  refreshesOf,
  signedIn,
  signedOut,
  signUp,
  useSession,
} from "./support/demo.js";

let browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const url = inject("url");

test.each(["local", "memory", "cookie"])("a logout in one tab reaches all (%s)", async (tokens) => {
  const page = await openPage(browser);
  await signUp(page, url, tokens);
  const tabs = [await anotherTab(page), await anotherTab(page), await anotherTab(page)];

  await page.getByRole("button", { name: "Sign out", exact: true }).click();

  await Promise.all([page, ...tabs].map(signedOut));
  await tabs[0].getByText("You were signed out in another tab.").waitFor();
  await page.context().close();
});

/** As the page counts. It is 3 when the other tab had no answer within 50 ms of opening, and so asked the server. */
function numberOf(accessToken) {
  const claims = JSON.parse(Buffer.from(accessToken.split(".")[1], "base64url").toString());
  return claims.gen + 1;
}

test.each(["local", "memory", "cookie"])("what one tab refreshes, all have (%s)", async (tokens) => {
  const page = await openPage(browser);
  await signUp(page, url, tokens);
  const tab = await anotherTab(page);
  const refreshes = refreshesOf(page.context());

  const { access_token } = await (await refresh(page)).json();
  await tab.getByText(`Number ${numberOf(access_token)} of session`).waitFor();

  expect(refreshes.length).toBe(1);
  await page.context().close();
});

test.each(["local", "memory", "cookie"])(
  "a new password while another tab refreshes ends neither (%s)",
  async (tokens) => {
    const page = await openPage(browser);
    await signUp(page, url, tokens);
    const tab = await anotherTab(page);
    await fillNewPassword(page, "another horse, another battery");
    let isDone = false;
    const refreshing = (async () => {
      while (!isDone) await tab.getByRole("button", { name: "Refresh now" }).click();
    })();

    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByText("Your other devices are signed out").waitFor();
    isDone = true;
    await refreshing;

    await Promise.all([page, tab].map(useSession));
    await page.context().close();
  },
);

test("twenty refreshes at once are one request", async () => {
  const page = await openPage(browser);
  await signUp(page, url);
  const refreshes = refreshesOf(page.context());

  await page.getByRole("button", { name: "Refresh twenty times" }).click();
  await page.getByText("Number 2 of session").waitFor();

  expect(refreshes.length).toBe(1);
  await page.context().close();
});

test("a reload stays signed in, though only the cookie remembers", async () => {
  const page = await openPage(browser);
  await signUp(page, url, "cookie");

  await page.reload();

  await signedIn(page);
  await page.context().close();
});
