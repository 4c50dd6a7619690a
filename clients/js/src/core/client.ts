import { authorizedFetch } from "./authorized.ts";
import { AuthError, NetworkError } from "./errors.ts";
import { type Fetch, read, send } from "./http.ts";
import { type KeepAlive, keepAlive } from "./keepalive.ts";
import { type ClientOptions, type Config, configure } from "./options.ts";
import { Refresher } from "./refresh.ts";
import { openSession, type Session } from "./session.ts";
import { ownLocks } from "./tabs.ts";
import { TokenStore } from "./token-store.ts";
import { areTokens, received, type Tokens } from "./tokens.ts";
import type {
  Abortable,
  DevicePage,
  Listener,
  LoginHistoryPage,
  Paging,
  Registration,
  SecurityEventPage,
  Status,
  Ticket,
  TokenBody,
  TokenPair,
  User,
} from "./types.ts";
import { resolveUrl } from "./urls.ts";

/** As for fetch; a plain object or array as `body` is sent as JSON. */
export type CallInit = Omit<RequestInit, "body"> & { body?: BodyInit | object | null };

type NewAccount = Omit<Registration, "password_confirm"> & { password_confirm?: string };

/** All methods are bound: they may be taken off the client. What they reject with is an AuthError, or an AbortError. */
export class AuthClient {
  #config: Config;
  #tokenStore: TokenStore;
  #refresher: Refresher;
  #session: Session;
  #keepAlive: KeepAlive | null = null;

  constructor(options: ClientOptions = {}) {
    const config = configure(options);
    const { channel, clock, cookie } = config;
    this.#config = config;
    this.#tokenStore = new TokenStore({ ...config, open: cookie || (channel !== null && !config.storage.shared) });
    this.#refresher = new Refresher({
      ...config,
      tokenStore: this.#tokenStore,
      locks: config.locks ?? ownLocks(),
      lockName: `authgate:refresh:${config.key}`,
      refresh: this.#refresh,
    });
    this.#session = openSession(this.#tokenStore, this.#refresher, clock, cookie);
    this.fetch = authorizedFetch({ ...config, session: this.#session });
    this.#stayFresh();
  }

  /** The account as last heard of. Rights are the server's to decide: this is for what the page shows. */
  get user(): User | null {
    return this.#tokenStore.read()?.user ?? null;
  }

  get status(): Status {
    return this.#tokenStore.status;
  }

  isAuthenticated = (): boolean => this.status === "signed-in";

  /** Settles who is signed in: at once with own storage, else by asking the other tabs and the cookie. */
  ready = async (options?: Abortable): Promise<Status> => {
    await this.#session.restore();
    if (this.isAuthenticated() && !this.user) await this.getCurrentUser(options);
    return this.status;
  };

  /** Also logs in. */
  register = (account: NewAccount, options?: Abortable): Promise<TokenBody> =>
    this.#signIn("/auth/register", { password_confirm: account.password, ...account }, options);

  /** `username` takes the e-mail address too. */
  login = (username: string, password: string, options?: Abortable): Promise<TokenBody> =>
    this.#signIn("/auth/login", { username, password }, options);

  /** Ends the session. The tokens are gone afterwards, even when the server could not be told and this rejects. */
  logout = async (options?: Abortable): Promise<void> => {
    const left = this.#tokenStore.read();
    try {
      await this.#own("POST", "/auth/logout", { refresh_token: left?.refresh_token ?? null }, options);
    } catch (error) {
      if (!(error instanceof AuthError && error.status === 401)) throw error; // 401: it was over already
    } finally {
      this.#tokenStore.clear("logout", left);
    }
  };

  /** Another access token, whether the present one is due or not. */
  refreshAccessToken = (options?: Abortable): Promise<string> =>
    this.#session.renewed(this.#tokenStore.read()?.access_token ?? null, options);

  /** An access token that is good now. */
  accessToken = (options?: Abortable): Promise<string> => this.#session.accessToken(options);

  /** `fetch` with the access token, a refresh when it is due, and one more attempt after a 401. */
  readonly fetch: Fetch;

  /** The JSON of a success. Rejects with AuthError for any other answer. */
  // biome-ignore lint/suspicious/noExplicitAny: as Response.json() has it; name the type to have it checked
  apiCall = async <T = any>(path: string | URL, init: CallInit = {}): Promise<T> =>
    read<T>(await this.fetch(path, withJson(init)));

  getCurrentUser = async (options?: Abortable): Promise<User> => {
    const user = await this.#own<User>("GET", "/auth/me", undefined, options);
    this.#tokenStore.setUser(user);
    return user;
  };

  /** Ends every other session of the account; this one goes on with new tokens. */
  changePassword = async (
    oldPassword: string,
    newPassword: string,
    confirm = newPassword,
    options?: Abortable,
  ): Promise<void> => {
    const body = { old_password: oldPassword, new_password: newPassword, new_password_confirm: confirm };
    const change = (tokens: Tokens | null) =>
      this.#tokens("/auth/change-password", body, options, tokens?.access_token);
    const token = await this.accessToken(options);
    await this.#refresher.exchange(change).catch(async (error) => {
      if (error.status !== 401) throw error;
      await this.#session.renewed(token, options); // as fetch does
      await this.#refresher.exchange(change);
    });
  };

  sessions = (paging: Paging = {}): Promise<DevicePage> => this.#page("/auth/sessions", paging);

  loginHistory = (paging: Paging = {}): Promise<LoginHistoryPage> => this.#page("/auth/login-history", paging);

  securityEvents = (paging: Paging = {}): Promise<SecurityEventPage> => this.#page("/auth/security-events", paging);

  endSession = async (sid: string, options?: Abortable): Promise<void> => {
    await this.#own("DELETE", `/auth/sessions/${encodeURIComponent(sid)}`, undefined, options);
  };

  endOtherSessions = async (options?: Abortable): Promise<void> => {
    await this.#own("DELETE", "/auth/sessions", undefined, options);
  };

  /** This one too. */
  endAllSessions = async (options?: Abortable): Promise<void> => {
    const left = this.#tokenStore.read();
    await this.#own("DELETE", "/auth/sessions?all=true", undefined, options);
    this.#tokenStore.clear("logout", left);
  };

  /** Good once, for 30 seconds. `audience`: the client id of the service that alone may redeem it. */
  wsTicket = (audience?: string, options?: Abortable): Promise<Ticket> =>
    this.#own("POST", "/auth/ws-ticket", audience === undefined ? {} : { audience }, options);

  /** Takes over a token body that something else received. */
  setTokens = (body: TokenPair & { user?: User | null }): void => {
    this.#tokenStore.write(received(body, this.#config.clock.now()));
    this.#keepAlive?.arm(); // the same token, due at another time, is no event
  };

  /** Forgets the tokens here and in the other tabs. The session lives on: use `logout` to end it. */
  clearTokens = (): void => this.#tokenStore.clear("cleared");

  /** The function returned ends it. */
  onChange = (listener: Listener): (() => void) => this.#tokenStore.onChange(listener);

  /** Stops timers and lets go of the other tabs. */
  close = (): void => {
    this.#keepAlive?.close();
    this.#tokenStore.close();
  };

  #stayFresh(): void {
    const { clock, page } = this.#config;
    if (!page) return;
    const due = () => this.#tokenStore.read()?.refresh_at ?? null;
    this.#keepAlive = keepAlive(page, clock, due, this.refreshAccessToken);
    this.#tokenStore.onChange(this.#keepAlive.arm);
  }

  async #signIn(path: string, body: object, options?: Abortable): Promise<TokenBody> {
    const answer = await this.#tokens<TokenBody>(path, body, options);
    this.setTokens(answer);
    return answer;
  }

  #refresh = (refreshToken: string | null, signal: AbortSignal): Promise<TokenPair> =>
    this.#tokens("/auth/refresh", this.#config.cookie ? null : { refresh_token: refreshToken }, { signal });

  /** What answers with tokens. It is asked once, with the access token given or none. */
  async #tokens<T extends TokenPair>(
    path: string,
    body: object | null,
    options?: Abortable,
    token?: string,
  ): Promise<T> {
    const { baseURL, fetch } = this.#config;
    const request = new Request(resolveUrl(baseURL, path), this.#init("POST", body, options?.signal, token));
    const answer = await read<T>(await send(fetch, request));
    if (areTokens(answer)) return answer;
    throw new NetworkError(new TypeError("no tokens in the answer")); // somebody in between has given it
  }

  /** With the access token, as `fetch`. */
  #own<T>(method: string, path: string, body?: object, { signal }: Abortable = {}): Promise<T> {
    return this.fetch(path, this.#init(method, body, signal)).then(read<T>);
  }

  #page<T>(path: string, { cursor, limit, signal }: Paging): Promise<T> {
    const query = new URLSearchParams();
    if (limit !== undefined) query.set("limit", String(limit));
    if (cursor) query.set("cursor", cursor);
    return this.#own("GET", `${path}?${query}`, undefined, { signal });
  }

  #init(method: string, body?: object | null, signal?: AbortSignal, token?: string): RequestInit {
    const { cookie } = this.#config;
    const headers = new Headers();
    if (body) headers.set("Content-Type", "application/json");
    if (cookie) headers.set("Authgate-Token-Mode", "cookie");
    if (token) headers.set("Authorization", `Bearer ${token}`);
    return {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      signal: signal ?? null,
      credentials: cookie ? "include" : "omit",
      redirect: "error", // a password or a refresh token must not follow one elsewhere
    };
  }
}

function withJson({ body, ...init }: CallInit): RequestInit {
  const plain = body !== null && (Array.isArray(body) || Object.getPrototypeOf(body ?? "") === Object.prototype);
  if (!plain && typeof body !== "string") return { ...init, ...(body && { body: body as BodyInit }) };
  const headers = new Headers(init.headers);
  if (!headers.has("Content-Type")) headers.set("Content-Type", "application/json");
  return { ...init, headers, body: plain ? JSON.stringify(body) : (body as string) };
}
