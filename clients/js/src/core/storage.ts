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

/**
 * Memory serves where the browser has no such storage or forbids it (blocked cookies, sandboxed frames), and for what does
 * not fit: to lose a rotation would be to lose the session.
 */
export function openStorage(name: StorageName, key: string): TokenStorage {
  const area = name === "memory" ? undefined : attempt(() => globalThis[`${name}Storage`]);
  let kept: string | null = null;
  return {
    get shared() {
      return name === "local" && area !== undefined && kept === null;
    },
    get() {
      const stored = attempt(() => area?.getItem(key)) ?? null;
      if (stored !== null) kept = null;
      return stored ?? kept;
    },
    set(value) {
      kept = value;
      const isStored = area && value !== null && attempt(() => area.setItem(key, value) ?? true);
      if (isStored) kept = null;
      else attempt(() => area?.removeItem(key)); // replaced tokens, too: whoever used them would end the session
    },
    watch: storageEvents,
  };
}

/** Browsers with a process a tab may deliver a channel's message before the write that it tells of. */
function storageEvents(changed: () => void): () => void {
  if (typeof window === "undefined") return () => {};
  window.addEventListener("storage", changed);
  return () => window.removeEventListener("storage", changed);
}

/** Undefined where the browser forbids it. */
function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}
