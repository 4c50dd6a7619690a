import { type AuthSocket, openSocket } from "authgate/socket";
import { client } from "./client.ts";
import { addEvent } from "./log.ts";
import { Store } from "./store.ts";

const KEPT = 5;

export interface Line {
  id: number;
  from: string;
  text: string;
}

export interface Room {
  status: "shut" | "connecting" | "open";
  lines: Line[];
}

/** Where a chat that accepts our tokens runs, or null: `make chat` tells the server of one. */
export const chatURL: Promise<string | null> = fetch("/demo/config.json")
  .then(async (answer) => (await answer.json()).chat)
  .catch(() => null); // served by Vite, or by nobody

export const room = new Store<Room>({ status: "shut", lines: [] });

let socket: AuthSocket | null = null;
let ids = 0;

/** Lets the log say how the service closed it. */
class LoggedSocket extends WebSocket {
  constructor(...place: ConstructorParameters<typeof WebSocket>) {
    super(...place);
    this.addEventListener("close", ({ code, reason }) => addEvent("socket closed", `${code} ${reason}`));
  }
}

/** The socket outlives the page that shows it: only the service, or `leave`, ends it. */
export function enter(url: string): void {
  change({ status: "connecting", lines: [] });
  socket ??= openSocket(client, url, {
    WebSocket: LoggedSocket,
    onOpen() {
      addEvent("socket open");
      change({ status: "open" });
    },
    onRetry: () => change({ status: "connecting" }),
    onMessage: ({ data }) => hear(String(data)),
    onClose() {
      socket = null;
      change({ status: "shut" });
    },
  });
}

export function leave(): void {
  socket?.close();
}

/** False when it was not sent. */
export function say(text: string): boolean {
  return socket?.send(JSON.stringify({ type: "message", text })) ?? false;
}

function hear(data: string): void {
  const { type, from, text } = JSON.parse(data);
  if (type === "message") change({ lines: [...room.get().lines, { id: ++ids, from, text }].slice(-KEPT) });
}

function change(changes: Partial<Room>): void {
  room.set({ ...room.get(), ...changes });
}
