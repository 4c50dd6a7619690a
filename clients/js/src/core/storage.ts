/** Where the tokens are kept: one string, so that both tokens of a rotation change in one write. */
export interface TokenStorage {
  get(): string | null;
  set(value: string | null): void;
  /** Whether the other tabs of this origin see the same string. */
  readonly shared: boolean;
  /** Calls `changed` when another tab's change has arrived here; the function returned ends it. */
  watch?(changed: () => void): () => void;
}

export type StorageName = "memory" | "local" | "session";

export function openStorage(name: StorageName, key: string): TokenStorage {
  const area = name === "memory" ? null : webStorage(name);
  return area ? inArea(area, key, name === "local") : inMemory();
}

function inMemory(): TokenStorage {
  let kept: string | null = null;
  return {
    shared: false,
    get: () => kept,
    set(value) {
      kept = value;
    },
  };
}

function inArea(area: Storage, key: string, shared: boolean): TokenStorage {
  return {
    shared,
    get: () => area.getItem(key),
    set: (value) => (value === null ? area.removeItem(key) : area.setItem(key, value)),
    watch: storageEvents,
  };
}

/** Browsers with a process a tab may deliver a channel's message before the write that it tells of. */
function storageEvents(changed: () => void): () => void {
  if (typeof window === "undefined") return () => {};
  window.addEventListener("storage", changed);
  return () => window.removeEventListener("storage", changed);
}

/** Null where there is none, or where the browser forbids it (blocked cookies, sandboxed frames): memory serves then. */
function webStorage(name: "local" | "session"): Storage | null {
  try {
    const area = globalThis[`${name}Storage`];
    area.setItem("authgate.probe", "");
    area.removeItem("authgate.probe");
    return area;
  } catch {
    return null;
  }
}
