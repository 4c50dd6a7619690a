import { type Fetch, type Patience, patiently, send } from "./http.ts";
import { type Session, unlessEnded } from "./session.ts";
import { resolveUrl } from "./urls.ts";

const IDEMPOTENT = /^(GET|HEAD|OPTIONS|PUT|DELETE)$/;

export interface AuthorizedParts extends Patience {
  fetch: Fetch;
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

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const { baseURL, origins } = this.#parts;
    const request = new Request(input instanceof Request ? input : resolveUrl(baseURL, String(input)), init);
    const isTrusted = origins.has(new URL(request.url).origin);
    return isTrusted && !request.headers.has("Authorization") ? this.#withToken(request) : this.#ask(request, null);
  }

  /** A 401 is met with one refresh and one more attempt. */
  async #withToken(request: Request): Promise<Response> {
    const { session } = this.#parts;
    const token = await session.accessToken(request).catch(unlessEnded);
    const response = await this.#ask(request, token);
    if (response.status !== 401 || !token) return response;
    const renewed = await session.renewed(token, request).catch(unlessEnded);
    if (!renewed) return response;
    response.body?.cancel().catch(() => {}); // cut already
    return this.#ask(request, renewed);
  }

  #ask(request: Request, token: string | null): Promise<Response> {
    const once = () => {
      const copy = request.clone(); // a body can be read once only
      if (token) copy.headers.set("Authorization", `Bearer ${token}`);
      return send(this.#parts.fetch, copy);
    };
    return IDEMPOTENT.test(request.method) ? patiently(once, this.#parts, request.signal) : once();
  }
}
