import { chromium } from "playwright-core";

/** A limit for what is broken, in milliseconds: a slow machine must stay far below it. */
const TIMEOUT = 60_000;

const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** scripts/browser.sh says which Chromium. Root, as in containers, can have no sandbox. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    chromiumSandbox: process.getuid() !== 0,
    args: QUIET,
  });
}

/** A page in a browser profile of its own. */
export async function openPage(browser, options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(TIMEOUT);
  return context.newPage();
}
