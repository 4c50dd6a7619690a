import { afterAll, beforeAll, expect, test } from "vitest";
import { Authgate } from "./support/authgate.js";
import { launch, openPage } from "./support/browser.js";
import { refreshesOf, signedIn, signUp, useSession } from "./support/demo.js";

const TABS = 20;
/** Longer than an access token lives, in milliseconds. */
const NIGHT = 62_000;
/** Before the tokens of the awakened are due again. */
const MORNING = 40_000;
const PLACES = ["local", "memory", "cookie"];

let browser;
const authgate = new Authgate(1);
const tabs = {};
const refreshes = {};

/**
 * All tabs fall asleep together, as when the machine does, and wake together when their token has expired. This file runs
 * by itself (package.json): sixty tabs leave other tests no processor.
 */
beforeAll(async () => {
  await authgate.start();
  browser = await launch();
  for (const place of PLACES) tabs[place] = await openTabs(place);
  for (const place of PLACES) {
    await signUp(tabs[place][0], authgate.url, place);
    refreshes[place] = refreshesOf(tabs[place][0].context());
  }
  await Promise.all(PLACES.flatMap((place) => tabs[place].map(signedIn)));
  const sleepers = await renderers();
  for (const { id } of sleepers) process.kill(id, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, NIGHT));
  for (const place of PLACES) refreshes[place].length = 0;
  for (const { id } of sleepers) process.kill(id, "SIGCONT");
}, 480_000);

afterAll(async () => {
  await browser.close();
  await authgate.end();
});

async function openTabs(place) {
  const first = await openPage(browser);
  first.context().setDefaultTimeout(200_000);
  const others = Array.from({ length: TABS - 1 }, () => first.context().newPage());
  const opened = [first, ...(await Promise.all(others))];
  await Promise.all(opened.map((tab) => tab.goto(`${authgate.url}/?tokens=${place}`)));
  return opened;
}

async function renderers() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  return processInfo.filter(({ type }) => type === "renderer");
}

test.each(PLACES)(
  "twenty tabs that wake with an expired token stay signed in, by two refreshes at most (%s)",
  async (place) => {
    await Promise.all(tabs[place].map(useSession));

    await Promise.all(tabs[place].map(signedIn));
    expect(refreshes[place]).not.toEqual([]);
    const [first] = refreshes[place];
    const woken = refreshes[place].filter(({ at }) => at < first.at + MORNING);
    const answers = await Promise.all(woken.map(({ request }) => request.response()));
    expect(answers.map((answer) => answer.status())).toEqual(answers.map(() => 200));
    expect(answers.length).toBeLessThanOrEqual(2);
    await tabs[place][0].context().close();
  },
);
