import { randomBytes } from "node:crypto";

export const PASSWORD = "correct horse battery staple";

/** Creates an account on the demo page; the page is signed in then. Returns its name and its refresh token. */
export async function signUp(page, url, tokens = "local") {
  const username = `demo${randomBytes(6).toString("hex")}`;
  await page.goto(`${url}/?tokens=${tokens}`);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("E-mail").fill(`${username}@example.com`);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password again").fill(PASSWORD);
  const answered = page.waitForResponse("**/api/auth/register");
  await page.getByRole("button", { name: "Create the account" }).click();
  const { refresh_token } = await (await answered).json();
  await signedIn(page);
  return { username, refresh_token };
}

export async function signIn(page, username, password = PASSWORD) {
  await page.getByLabel("Username or e-mail").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await signedIn(page);
}

export function signedIn(page) {
  return page.getByRole("button", { name: "Sign out", exact: true }).waitFor();
}

export function signedOut(page) {
  return page.getByRole("heading", { name: "Sign in" }).waitFor();
}

/** Another tab of the same browser, signed in already. */
export async function anotherTab(page) {
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await signedIn(tab);
  return tab;
}

/** Refreshes by the page's own button; resolves with the answer. */
export async function refresh(page) {
  const answered = page.waitForResponse("**/api/auth/refresh");
  await page.getByRole("button", { name: "Refresh now" }).click();
  return answered;
}

/** Fills the form for a new password, and does not send it. */
export async function fillNewPassword(page, password) {
  await page.getByRole("link", { name: "Password" }).click();
  await page.getByLabel("Present password").fill(PASSWORD);
  await page.getByLabel("New password", { exact: true }).fill(password);
  await page.getByLabel("New password again").fill(password);
}

/** Asks the server for something with the page's token. */
export async function useSession(page) {
  await page.getByRole("link", { name: "Devices" }).click();
  await page.getByText("this one").waitFor();
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByText("Access token").waitFor();
}

/** Asks the server until it refuses: a revocation counts within a second. */
export async function endedByServer(page) {
  const ended = page.getByText("The server ended your session");
  const pages = ["Devices", "History"];
  for (let turn = 0; !(await ended.isVisible()); turn++) {
    const answered = page.waitForResponse("**/api/auth/**");
    await page.getByRole("link", { name: pages[turn % 2] }).click();
    await answered;
    await page.waitForTimeout(100); // between two looks
  }
}

/** The refreshes of all tabs of this context that were sent from now on; `at` is when, in milliseconds. */
export function refreshesOf(context) {
  const found = [];
  context.on("request", (request) => {
    if (request.url().endsWith("/api/auth/refresh")) found.push({ request, at: Date.now() });
  });
  return found;
}
