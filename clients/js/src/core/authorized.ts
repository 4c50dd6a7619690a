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
export function authorizedFetch(parts: AuthorizedParts): Fetch {
  const { baseURL, fetch, origins, session } = parts;

  const ask = (request: Request, token: string | null): Promise<Response> => {
    const once = () => {
      const copy = request.clone(); // a body can be read once only
      if (token) copy.headers.set("Authorization", `Bearer ${token}`);
      return send(fetch, copy);
    };
    return IDEMPOTENT.test(request.method) ? patiently(once, parts, request.signal) : once();
  };

  return async (input, init) => {
    const request = new Request(input instanceof Request ? input : resolveUrl(baseURL, String(input)), init);
    const isTrusted = origins.has(new URL(request.url).origin) && !request.headers.has("Authorization");
    const token = isTrusted ? await session.accessToken(request).catch(unlessEnded) : null;
    const response = await ask(request, token);
    if (response.status !== 401 || !token) return response;
    // A 401 is met with one refresh and one more attempt.
    const renewed = await session.renewed(token, request).catch(unlessEnded);
    if (!renewed) return response;
    response.body?.cancel().catch(() => {}); // cut already
    return ask(request, renewed);
  };
}
