import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { launch, openPage } from "./support/browser.js";
import { anotherTab, endedByServer, refresh, signedOut, signUp, useSession } from "./support/demo.js";

const url = inject("url");

let browser;
let foreign;
beforeAll(async () => {
  browser = await launch();
  // Another port of the same host is the same site: its requests carry cookies, SameSite or not.
  foreign = createServer((_, answer) => answer.end("<!doctype html><title>Foreign</title>")).listen(0, "127.0.0.1");
  await once(foreign, "listening");
});
afterAll(async () => {
  await browser.close();
  foreign.close();
});

const foreignUrl = () => `http://127.0.0.1:${foreign.address().port}`;

function post(body, headers = { "Content-Type": "application/json" }) {
  return fetch(`${url}/api/auth/refresh`, { method: "POST", headers, body: body && JSON.stringify(body) });
}

test("an old refresh token in a thief's hands ends the session, and every tab says so", async () => {
  const page = await openPage(browser);
  const { refresh_token } = await signUp(page, url);
  const tab = await anotherTab(page);
  await refresh(page);
  await page.getByText("Number 2 of session").waitFor();
  await refresh(page);
  await page.getByText("Number 3 of session").waitFor();

  const answer = await post({ refresh_token });

  expect([answer.status, (await answer.json()).error]).toEqual([401, "invalid_grant"]);
  await endedByServer(page);
  await signedOut(tab);
  await page.context().close();
});

test("the page shows a theft by itself", async () => {
  const page = await openPage(browser);
  await signUp(page, url);

  await page.getByRole("button", { name: "Use an old token" }).click();

  await page.getByText("The server ended your session").waitFor();
  await page.context().close();
});

test("a foreign page cannot use the cookie, though its requests carry it", async () => {
  const page = await openPage(browser);
  await signUp(page, url, "cookie");
  const evil = await page.context().newPage();
  await evil.goto(foreignUrl());

  const outcomes = await evil.evaluate(async (target) => {
    const attempt = (init) =>
      fetch(target, { method: "POST", credentials: "include", ...init }).then(
        ({ type }) => type,
        () => "refused",
      );
    return [
      await attempt({ headers: { "Authgate-Token-Mode": "cookie" } }),
      await attempt({ mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: "{}" }),
    ];
  }, `${url}/api/auth/refresh`);

  expect(outcomes).toEqual(["refused", "opaque"]);
  await useSession(page);
  expect((await (await refresh(page)).allHeaders())["authgate-refresh"]).toBe("rotated");
  await page.getByText("Number 2 of session").waitFor();
  await page.context().close();
});

test("the server refuses a foreign origin that shows the cookie", async () => {
  const page = await openPage(browser);
  await signUp(page, url, "cookie");
  const [cookie] = await page.context().cookies();
  const fields = { Cookie: `${cookie.name}=${cookie.value}`, "Authgate-Token-Mode": "cookie" };

  const answer = await post(null, { ...fields, Origin: foreignUrl() });
  const own = await post(null, { ...fields, Origin: url });

  expect([answer.status, (await answer.json()).error]).toEqual([403, "forbidden_origin"]);
  expect(own.status).toBe(200);
  await page.context().close();
});

test("an injected script cannot read the refresh token in cookie mode", async () => {
  const page = await openPage(browser);
  await signUp(page, url, "cookie");
  const [cookie] = await page.context().cookies();
  expect(cookie.name).toBe("__Host-authgate-refresh");

  const seen = await page.evaluate(async () => {
    const heard = [];
    new BroadcastChannel("authgate:demo-cookie").onmessage = ({ data }) => heard.push(data);
    new BroadcastChannel("authgate:demo-cookie").postMessage({ type: "who" });
    const answer = await fetch("/api/auth/refresh", { method: "POST", headers: { "Authgate-Token-Mode": "cookie" } });
    const databases = await indexedDB.databases();
    return JSON.stringify([
      document.cookie,
      { ...localStorage },
      { ...sessionStorage },
      databases,
      heard,
      await answer.json(),
    ]);
  });

  const [renewed] = await page.context().cookies();
  expect(seen).toContain("access_token"); // it has looked where tokens are
  expect(seen).not.toContain(cookie.value);
  expect(seen).not.toContain(renewed.value);
  expect(renewed.value).not.toBe(cookie.value);
  await page.context().close();
});

test("what is injected into the page does not run", async () => {
  const page = await openPage(browser);
  await signUp(page, url);

  const outcomes = await page.evaluate(() => {
    const attempts = {
      markup: () => document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.pwned = 1'>"),
      text: () => Object.assign(document.createElement("script"), { text: "window.pwned = 1" }),
      source: () => Object.assign(document.createElement("script"), { src: "https://evil.example/x.js" }),
    };
    const refused = (attempt) => {
      try {
        attempt();
        return false;
      } catch (error) {
        return error instanceof TypeError;
      }
    };
    return Object.values(attempts).map(refused);
  });

  expect(outcomes).toEqual([true, true, true]);
  expect(await page.evaluate(() => window.pwned)).toBe(undefined);
  await page.context().close();
});
