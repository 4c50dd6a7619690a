import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launch, openPage } from "./support/browser.js";
import { anotherTab, refreshesOf, signedIn, signUp, useSession } from "./support/demo.js";

const TABS = 20;
/** Longer than an access token lives, in milliseconds. */
const NIGHT = 62_000;

let browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** As a browser does with tabs that nobody looks at, and a machine with all of them. */
async function lifecycle(tabs, state) {
  const sessions = await Promise.all(tabs.map((tab) => tab.context().newCDPSession(tab)));
  await Promise.all(sessions.map((session) => session.send("Page.setWebLifecycleState", { state })));
}

test.concurrent.each(["local", "memory", "cookie"])(
  "twenty tabs that wake with an expired token stay signed in, by two refreshes at most (%s)",
  async (tokens) => {
    const page = await openPage(browser);
    page.context().setDefaultTimeout(60_000);
    await signUp(page, inject("url"), tokens);
    const tabs = [page];
    while (tabs.length < TABS) tabs.push(await anotherTab(page));
    await lifecycle(tabs, "frozen");
    const refreshes = refreshesOf(page.context());
    await new Promise((resolve) => setTimeout(resolve, NIGHT));
    expect(refreshes.length).toBe(0);

    await lifecycle(tabs, "active");
    await Promise.all(tabs.map(useSession));

    await Promise.all(tabs.map(signedIn));
    const answers = await Promise.all(refreshes.map((request) => request.response()));
    expect(answers.map((answer) => answer.status())).toEqual(answers.map(() => 200));
    expect(refreshes.length).toBeGreaterThan(0);
    expect(refreshes.length).toBeLessThanOrEqual(2);
    await page.context().close();
  },
  240_000,
);
