/** The refresh token of the login in this tab, as a thief would have copied it. None in cookie mode. */
let copied: string | null = null;

export function copying(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const url = input instanceof Request ? input.url : String(input);
    if (response.ok && /\/auth\/(login|register)$/.test(url)) copied = (await response.clone().json()).refresh_token;
    return response;
  };
}

export function copiedToken(): string | null {
  return copied;
}
