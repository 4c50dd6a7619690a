import type { TokenPair } from "authgate";

/** The tokens that this tab received last, as a thief would have copied them from its storage. */
let copied: TokenPair | null = null;

export function copying(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const url = input instanceof Request ? input.url : String(input);
    if (response.ok && /\/auth\/(login|register|refresh)$/.test(url)) copied = await response.clone().json();
    return response;
  };
}

export function copiedTokens(): TokenPair | null {
  return copied;
}
