import { createAuthClient, openSocket } from "./authgate.js";

const MEANINGS = {
  4401: "the ticket was not good",
  4403: "the session was ended",
  4408: "the token was not renewed in time",
  1013: "the service cannot know at the moment whether the session goes on",
};

const part = (id) => document.getElementById(id);
const config = await (await fetch("config.json")).json();
const auth = createAuthClient({ baseURL: `${config.authgate}/api`, storage: "local" });
let socket = null;
let signedOutAt = null;
let registering = false;

/** Keeps how the service closed, before the client decides whether to come back. */
class ObservedSocket extends WebSocket {
  constructor(...place) {
    super(...place);
    this.addEventListener("close", ({ code, reason }) => showEnding(code, reason));
  }
}

function enter() {
  const url = new URL("ws", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  signedOutAt = null;
  socket ??= openSocket(auth, url, {
    audience: config.audience,
    WebSocket: ObservedSocket,
    onOpen: () => {
      part("ending").hidden = true;
      setStatus("connected", true);
    },
    onMessage: ({ data }) => showMessage(JSON.parse(data)),
    onRetry: (ms) => setStatus(`connecting again in ${(ms / 1000).toFixed(1)} s`),
    onClose: () => {
      socket = null;
      setStatus("not connected");
      show();
    },
  });
  show();
  part("text").focus();
}

function show() {
  const inside = auth.isAuthenticated();
  part("welcome").hidden = inside;
  part("room").hidden = !inside;
  part("room-title").textContent = auth.user?.username ?? "";
  if (!inside) part("sign-in").username.focus();
}

function setStatus(text, open = false) {
  part("status").textContent = text;
  part("status").classList.toggle("open", open);
}

function showEnding(code, reason) {
  const meaning = MEANINGS[code] ?? "the connection was cut";
  const wait = signedOutAt === null ? "" : `, ${Math.round(performance.now() - signedOutAt)} ms after the sign-out`;
  part("ending").textContent = `The socket was closed with ${code} ${reason}: ${meaning}${wait}.`;
  part("ending").hidden = false;
}

function showMessage({ type, from, text }) {
  if (type !== "message") return;
  const item = document.createElement("p");
  const name = document.createElement("b");
  name.textContent = from;
  item.append(name, text);
  item.classList.toggle("own", from === auth.user?.username);
  part("messages").append(item);
  item.scrollIntoView({ block: "end" });
}

function switchForms() {
  registering = !registering;
  const title = registering ? "Create an account" : "Sign in";
  part("welcome-title").textContent = title;
  part("sign-in").querySelector("button").textContent = title;
  part("switch").textContent = registering ? "Sign in instead" : "Create an account";
  part("email").hidden = !registering;
  part("sign-in").email.required = registering;
  part("sign-in").password.autocomplete = registering ? "new-password" : "current-password";
  part("problem").textContent = "";
}

/** What the server says of the fields, or of the whole. */
function textOf({ details, message }) {
  return details?.fields?.map((field) => field.message).join(" ") ?? message;
}

async function signIn(event) {
  event.preventDefault();
  const { username, email, password } = Object.fromEntries(new FormData(event.target));
  part("problem").textContent = "";
  try {
    await (registering ? auth.register({ username, email, password }) : auth.login(username, password));
    event.target.reset();
    if (registering) switchForms();
  } catch (error) {
    part("problem").textContent = textOf(error);
  }
}

function say(event) {
  event.preventDefault();
  const input = part("text");
  if (socket?.send(JSON.stringify({ type: "message", text: input.value }))) input.value = "";
  else setStatus("not connected: nothing was sent");
}

auth.onChange(({ type }) => {
  if (type === "signed-in") enter();
  if (type !== "signed-out") return;
  signedOutAt ??= performance.now();
  show(); // the socket is left to the service to close
});
part("sign-in").addEventListener("submit", signIn);
part("switch").addEventListener("click", switchForms);
part("say").addEventListener("submit", say);
part("sign-out").addEventListener("click", () => auth.logout());
part("end-all").addEventListener("click", () => auth.endAllSessions());

part("email").hidden = true;
setStatus("not connected");
if ((await auth.ready()) === "signed-in") enter();
else show();
