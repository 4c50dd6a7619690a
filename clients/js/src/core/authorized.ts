import { type Fetch, isIdempotent, type Patience, patiently, send } from "./http.ts";
import { type Session, unlessEnded } from "./session.ts";

export interface AuthorizedParts {
  fetch: Fetch;
  patience: Patience;
  session: Session;
  /** Absolute, without a slash at its end. */
  baseURL: string;
  /** Who may see the access token. */
  origins: Set<string>;
}

/** `fetch` with the bearer token: paths are below the base URL, and the token goes to trusted origins alone. */
export class AuthorizedFetch {
  #parts: AuthorizedParts;

  constructor(parts: AuthorizedParts) {
    this.#parts = parts;
  }

  async fetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    const request = input instanceof Request ? input : null;
    const url = request ? new URL(request.url) : resolveUrl(this.#parts.baseURL, String(input));
    const headers = new Headers(init.headers ?? request?.headers);
    const signal = init.signal ?? request?.signal ?? null;
    const ask = (token: string | null) => this.#ask(request, url, init, withBearer(headers, token), signal);
    if (!this.#parts.origins.has(url.origin) || headers.has("Authorization")) return ask(null);
    return this.#withToken(ask, init.body instanceof ReadableStream, signal);
  }

  /** A 401 is met with one refresh and one more attempt, unless the body is a stream that has been read. */
  async #withToken(
    ask: (token: string | null) => Promise<Response>,
    once: boolean,
    signal: AbortSignal | null,
  ): Promise<Response> {
    const { session } = this.#parts;
    const abortable = { signal: signal ?? undefined };
    const token = await session.accessToken(abortable).catch(unlessEnded);
    const response = await ask(token);
    if (response.status !== 401 || !token || once) return response;
    const renewed = await session.renewed(token, abortable).catch(unlessEnded);
    if (!renewed) return response;
    await response.body?.cancel();
    return ask(renewed);
  }

  #ask(request: Request | null, url: URL, init: RequestInit, headers: Headers, signal: AbortSignal | null) {
    const { fetch, patience } = this.#parts;
    const once = () => send(fetch, request?.clone() ?? url, { ...init, headers, signal });
    const repeatable = isIdempotent(init.method ?? request?.method ?? "GET") && !(init.body instanceof ReadableStream);
    return repeatable ? patiently(once, patience, signal) : once();
  }
}

export function resolveUrl(baseURL: string, path: string): URL {
  return new URL(/^[a-z][a-z\d+.-]*:/i.test(path) ? path : `${baseURL}/${path.replace(/^\/+/, "")}`);
}

function withBearer(headers: Headers, token: string | null): Headers {
  const copy = new Headers(headers);
  if (token) copy.set("Authorization", `Bearer ${token}`);
  return copy;
}
