/** Where the tokens are kept: one string, so that both tokens of a rotation change in one write. */
export interface TokenStorage {
  get(): string | null;
  set(value: string | null): void;
  /** Whether the other tabs of this origin see the same string. */
  readonly shared: boolean;
  /** Calls `changed` when another tab's change has arrived here; the function returned ends it. */
  watch?(changed: () => void): () => void;
}

const PROBE = "authgate.probe";

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

/** What does not fit any more is kept in memory: to lose a rotation would be to lose the session. */
function inArea(area: Storage, key: string, shared: boolean): TokenStorage {
  let kept: string | null = null;
  return {
    get shared() {
      return shared && kept === null;
    },
    get() {
      const stored = attempt(() => area.getItem(key)) ?? null;
      if (stored !== null) kept = null;
      return stored ?? kept;
    },
    set(value) {
      kept = null;
      try {
        if (value !== null) return area.setItem(key, value);
      } catch {
        kept = value;
      }
      attempt(() => area.removeItem(key)); // tokens that were replaced, too: whoever used them would end the session
    },
    watch: storageEvents,
  };
}

/** Undefined where the browser forbids it. */
function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}

/** Browsers with a process a tab may deliver a channel's message before the write that it tells of. */
function storageEvents(changed: () => void): () => void {
  if (typeof window === "undefined") return () => {};
  window.addEventListener("storage", changed);
  return () => window.removeEventListener("storage", changed);
}

/** Null where there is none, or where the browser forbids it (blocked cookies, sandboxed frames): memory serves then. */
function webStorage(name: "local" | "session"): Storage | null {
  return (
    attempt(() => {
      const area = globalThis[`${name}Storage`];
      area.setItem(PROBE, "");
      area.removeItem(PROBE);
      return area;
    }) ?? null
  );
}
