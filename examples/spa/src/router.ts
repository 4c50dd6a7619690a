import { useSyncExternalStore } from "react";

export const PAGES = { overview: "Overview", devices: "Devices", history: "History", password: "Password" } as const;

export type PageName = keyof typeof PAGES;

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function current(): PageName {
  const name = location.hash.replace(/^#\/?/, "");
  return name in PAGES ? (name as PageName) : "overview";
}

export const usePage = (): PageName => useSyncExternalStore(subscribe, current);
