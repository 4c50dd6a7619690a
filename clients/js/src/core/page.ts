/** What of the browser decides whether this tab refreshes by itself. */
export interface Page {
  /** Visible and online: a hidden tab refreshes when it is used again. */
  active(): boolean;
  /** Calls `woken` whenever that may have changed; the function returned ends it. */
  onWake(woken: () => void): () => void;
}

export function browserPage(): Page | null {
  if (typeof document === "undefined") return null;
  return { active: () => document.visibilityState === "visible" && navigator.onLine, onWake };
}

function onWake(woken: () => void): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  document.addEventListener("visibilitychange", woken, { signal });
  for (const type of ["online", "pageshow"]) window.addEventListener(type, woken, { signal });
  return () => listening.abort();
}
