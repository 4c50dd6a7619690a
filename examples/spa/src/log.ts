import { Store } from "./store.ts";

/** A request of this tab, or something that the client told us. */
export interface Entry {
  id: number;
  at: number;
  kind: "request" | "event";
  /** "POST /api/auth/refresh", "signed out". */
  title: string;
  /** Null while it is under way; 0 when nobody answered. */
  status: number | null;
  ms: number;
  note: string;
}

const KEPT = 60;

export const log = new Store<Entry[]>([]);
let ids = 0;

export function addEvent(title: string, note = ""): void {
  add({ kind: "event", title, status: null, note });
}

/** `fetch` that writes down what passes. Tokens and bodies are left out. */
export function logged(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : null;
    const { pathname } = new URL(request?.url ?? String(input), location.href);
    const method = init?.method ?? request?.method ?? "GET";
    const start = performance.now();
    const id = add({ kind: "request", title: `${method} ${pathname}`, status: null, note: "" });
    const finish = (status: number, note: string) => change(id, { status, note, ms: performance.now() - start });
    try {
      const response = await fetch(input, init);
      finish(response.status, noteOf(response));
      return response;
    } catch (error) {
      finish(0, "no answer");
      throw error;
    }
  };
}

function noteOf({ headers }: Response): string {
  const wait = headers.get("Retry-After");
  return wait ? `again in ${wait} s` : (headers.get("Authgate-Refresh") ?? "");
}

function add(entry: Pick<Entry, "kind" | "title" | "status" | "note">): number {
  const id = ++ids;
  log.set([{ ...entry, id, at: Date.now(), ms: 0 }, ...log.get()].slice(0, KEPT));
  return id;
}

function change(id: number, changes: Partial<Entry>): void {
  log.set(log.get().map((entry) => (entry.id === id ? { ...entry, ...changes } : entry)));
}
