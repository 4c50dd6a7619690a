// @vitest-environment jsdom
import { act, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AuthProvider, LoginForm, RegisterForm, RequireAuth, useAuth } from "../../src/react/index.ts";
import { settled } from "../fakes/clock.ts";
import { answers, json, offline, PASSWORD } from "../fakes/server.ts";
import { type Tab, World } from "../fakes/world.ts";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let world: World;
let tab: Tab;
let root: Root;
let page: HTMLElement;
beforeEach(() => {
  world = new World();
  tab = world.tab();
  page = document.body.appendChild(document.createElement("div"));
  root = createRoot(page);
});
afterEach(() => {
  act(() => root.unmount());
  page.remove();
  vi.useRealTimers();
});

function Name() {
  return <b>{useAuth().user?.username}</b>;
}

async function show(ui: React.ReactNode, onError?: (error: unknown) => void) {
  await act(async () => {
    root.render(
      <AuthProvider client={tab.client} {...(onError && { onError })}>
        {ui}
      </AuthProvider>,
    );
    await settled();
  });
}

const later = (ms: number) => act(() => world.clock.advance(ms));

const field = (name: string) => page.querySelector(`[name=${name}]`) as HTMLInputElement;

async function submit(values: Record<string, string>) {
  for (const [name, value] of Object.entries(values)) field(name).value = value;
  await act(async () => {
    page.querySelector("button")?.click();
    await settled();
  });
}

const app = (
  <RequireAuth fallback={<LoginForm />} pending={<i>Wait</i>}>
    <Name />
  </RequireAuth>
);

test("nothing is decided until it is known who is signed in", async () => {
  await show(app);
  expect(page.innerHTML).toBe("<i>Wait</i>");

  await later(50);

  expect(page.querySelector("form")).not.toBe(null);
});

test("logging in shows what it protects, logging out in another tab hides it", async () => {
  await show(app);
  await later(50);
  await submit({ username: "ann", password: PASSWORD });
  expect(page.innerHTML).toBe("<b>ann</b>");

  const other = world.tab();
  await act(async () => {
    await world.within(50, other.client.ready());
    await other.client.logout();
    await settled();
  });

  expect(page.querySelector("form")).not.toBe(null);
});

test("a refused login is announced, and the first field has the focus", async () => {
  await show(<LoginForm />);

  await submit({ username: "ann", password: "wrong" });

  expect(page.querySelector("[role=alert]")?.textContent).toBe("It is invalid_credentials.");
  expect(document.activeElement).toBe(field("username"));
  expect(page.querySelector("button")?.getAttribute("aria-disabled")).toBe("false");
});

test("messages stand at their fields, and the first of these has the focus", async () => {
  await show(<RegisterForm />);
  const fields = [
    { field: "password", code: "too_short", message: "At least 10 characters." },
    { field: "password", code: "common", message: "Too common." },
  ];
  const refused = { error: "validation_error", message: "Some fields are invalid.", details: { fields } };
  world.server.faults["/auth/register"] = [async () => json(refused, 422)];

  await submit({ username: "ann", email: "ann@example.com", password: "short", password_confirm: "short" });

  const password = field("password");
  expect(document.activeElement).toBe(password);
  expect(password.getAttribute("aria-invalid")).toBe("true");
  expect(document.getElementById(password.getAttribute("aria-describedby") as string)?.textContent).toBe(
    "At least 10 characters.",
  );
  expect(page.querySelector("[role=alert]")?.textContent).toBe("");
  expect(field("username").hasAttribute("aria-invalid")).toBe(false);
});

test("what is wrong with a field that the form does not have is said of the whole", async () => {
  await show(<LoginForm />);
  const fields = [{ field: "device", code: "too_long", message: "Too long." }];
  const refused = { error: "validation_error", message: "Some fields are invalid.", details: { fields } };
  world.server.faults["/auth/login"] = [async () => json(refused, 422)];

  await submit({ username: "ann", password: PASSWORD });

  expect(page.querySelector("[role=alert]")?.textContent).toBe("Some fields are invalid.");
});

test("a field that was left empty says so, and nothing is sent", async () => {
  await show(<LoginForm texts={{ missing: "Bitte ausfüllen." }} />);

  await submit({ username: "ann" });

  const password = field("password");
  expect(document.activeElement).toBe(password);
  expect(document.getElementById(password.getAttribute("aria-describedby") as string)?.textContent).toBe(
    "Bitte ausfüllen.",
  );
  expect(world.server.seen).toEqual([]);
});

test("every field has a label, and a hint for password managers", async () => {
  await show(<RegisterForm texts={{ username: "사용자명" }} />);

  const inputs = [...page.querySelectorAll("input")];
  expect(inputs.map((input) => input.labels?.[0]?.textContent)).toEqual([
    "사용자명",
    "E-mail",
    "Password",
    "Password again",
  ]);
  expect(inputs.map((input) => input.autocomplete)).toEqual(["username", "email", "new-password", "new-password"]);
  expect(inputs[0]?.getAttribute("autocapitalize")).toBe("none");
});

test("a limit says how long it lasts", async () => {
  await show(<LoginForm />);
  world.server.faults["/auth/login"] = [answers(429, "rate_limited", "7")];

  await submit({ username: "ann", password: PASSWORD });

  expect(page.querySelector("[role=alert]")?.textContent).toBe("It is rate_limited. (7 s)");
});

test("a second press while the first is under way sends nothing", async () => {
  await show(<LoginForm />);
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  world.server.faults["/auth/login"] = [(answer) => gate.then(answer)];

  await submit({ username: "ann", password: PASSWORD });
  await submit({});
  expect(page.querySelector("button")?.textContent).toBe("Logging in…");
  await act(async () => {
    release();
    await settled();
  });

  expect(world.server.count("/auth/login")).toBe(1);
  expect(tab.client.status).toBe("signed-in");
});

test("onSuccess gets what the server answered", async () => {
  const heard: string[] = [];
  await show(<RegisterForm onSuccess={(body) => heard.push(body.user.username)} />);

  await submit({ username: "ann", email: "ann@example.com", password: PASSWORD, password_confirm: PASSWORD });

  expect(heard).toEqual(["ann"]);
});

test("a server that is away at the start is told of", async () => {
  tab = world.tab({ mode: "cookie" });
  world.server.faults["/auth/refresh"] = [offline, offline, offline];
  const heard: unknown[] = [];

  await show(app, (error) => heard.push(error));
  await later(10_000);

  expect(heard).toEqual([expect.objectContaining({ code: "network_error" })]);
  expect(page.innerHTML).toBe("<i>Wait</i>");
});

test("a server that was away at the start is asked again, until the page is gone", async () => {
  tab = world.tab({ mode: "cookie" });
  world.server.faults["/auth/refresh"] = Array(9).fill(offline);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  await show(app);
  await later(10_000);
  const tries = world.server.count("/auth/refresh");

  vi.advanceTimersByTime(5000);
  await later(10_000);
  expect(world.server.count("/auth/refresh")).toBe(2 * tries);

  vi.advanceTimersByTime(5000);
  await later(1000);
  act(() => root.render(null));
  await later(10_000);
  expect(vi.getTimerCount()).toBe(0);
});

test("in strict mode, where effects run twice, the server is asked once", async () => {
  tab = world.tab({ mode: "cookie" });

  await show(<StrictMode>{app}</StrictMode>);
  await act(async () => {
    root.render(
      <StrictMode>
        <AuthProvider client={tab.client}>{app}</AuthProvider>
      </StrictMode>,
    );
    await settled();
  });
  await later(100);

  expect(world.server.count("/auth/refresh")).toBe(1);
  expect(page.querySelector("form")).not.toBe(null);
});

test("a server renders what is shown while waiting", () => {
  expect(renderToString(<AuthProvider client={tab.client}>{app}</AuthProvider>)).toBe("<i>Wait</i>");
});

test("useAuth outside of a provider says what is missing", () => {
  expect(() => renderToString(<Name />)).toThrow(/<AuthProvider/);
});
