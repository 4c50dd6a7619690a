import { type Clock, sleep, systemClock } from "../core/clock.ts";
import type { Abortable, Ticket } from "../core/types.ts";

/** Close codes of services that verify our tokens. */
const REVOKED = 4403;
const NORMAL = 1000;

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

export interface SocketOptions {
  /** The client id of the service behind the socket. */
  audience?: string;
  protocols?: string[];
  /** Signed in: at first, and after each new connection. */
  onOpen?: () => void;
  onMessage?: (event: MessageEvent) => void;
  /** For good: by `close()`, by the service (1000), or because nobody is signed in any more (4403). */
  onClose?: (code: number) => void;
  /** Cut; another attempt follows in `ms`. */
  onRetry?: (ms: number, code: number) => void;
  // For tests, and for Node before 22 (the WebSocket of the package ws).
  WebSocket?: new (
    url: string | URL,
    protocols?: string[],
  ) => WebSocket;
  clock?: Clock;
  random?: () => number;
}

/** What a socket needs of an AuthClient. */
export interface TicketSource {
  wsTicket(audience?: string, options?: Abortable): Promise<Ticket>;
  refreshAccessToken(): Promise<string>;
}

/** A WebSocket that signs in by its first message, renews its token in place, and comes back when it is cut. */
export class AuthSocket {
  #url: string | URL;
  #options: SocketOptions;
  #client: TicketSource;
  #ended = new AbortController();
  #socket: WebSocket | null = null;
  #open = false;
  #failures = 0;

  constructor(client: TicketSource, url: string | URL, options: SocketOptions = {}) {
    this.#client = client;
    this.#url = url;
    this.#options = options;
    void this.#connect();
  }

  /** Signed in and connected. */
  get open(): boolean {
    return this.#open;
  }

  /** False when it is not open: nothing was sent, and nothing is kept for later. */
  send(data: string | ArrayBuffer | Blob | ArrayBufferView<ArrayBuffer>): boolean {
    if (this.#open) this.#socket?.send(data);
    return this.#open;
  }

  close(): void {
    this.#end(NORMAL);
  }

  async #connect(): Promise<void> {
    const { signal } = this.#ended;
    try {
      // The ticket first: it says whether anybody is signed in, before a connection is spent.
      const { ticket } = await this.#client.wsTicket(this.#options.audience, { signal });
      this.#attach(ticket);
    } catch (error) {
      if (signal.aborted) return;
      if (isOver(error)) this.#end(REVOKED);
      else await this.#retry(0);
    }
  }

  #attach(ticket: string): void {
    const socket = new (this.#options.WebSocket ?? WebSocket)(this.#url, this.#options.protocols);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "auth", ticket }));
    socket.onmessage = (event) => this.#receive(event);
    socket.onclose = ({ code }) => void this.#closed(code);
  }

  #receive(event: MessageEvent): void {
    const type = typeOf(event.data);
    if (type === "auth.renew") void this.#renew();
    else if (type !== "auth.ok") this.#options.onMessage?.(event);
    else if (!this.#open) this.#opened();
  }

  #opened(): void {
    this.#open = true;
    this.#failures = 0;
    this.#options.onOpen?.();
  }

  /** Without a new token the service closes the socket when the old one ends, and that is met like any other cut. */
  async #renew(): Promise<void> {
    const socket = this.#socket;
    const token = await this.#client.refreshAccessToken().catch(() => null);
    if (token) socket?.send(JSON.stringify({ type: "auth", token }));
  }

  async #closed(code: number): Promise<void> {
    this.#open = false;
    this.#socket = null;
    if (this.#ended.signal.aborted) return;
    if (code === NORMAL) return this.#end(NORMAL);
    if (code === REVOKED && (await this.#sessionIsOver())) return this.#end(REVOKED);
    await this.#retry(code);
  }

  /** Only the token may have been revoked, by a new password say: a refresh tells. */
  async #sessionIsOver(): Promise<boolean> {
    return this.#client.refreshAccessToken().then(() => false, isOver);
  }

  async #retry(code: number): Promise<void> {
    const { clock = systemClock, random = Math.random } = this.#options;
    const ceiling = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++);
    const pause = ceiling * (0.5 + random() / 2);
    this.#options.onRetry?.(pause, code);
    const slept = await sleep(clock, pause, this.#ended.signal).then(
      () => true,
      () => false,
    );
    if (slept) await this.#connect();
  }

  #end(code: number): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#open = false;
    this.#socket?.close(NORMAL);
    this.#options.onClose?.(code);
  }
}

/** `type` of the service's own messages about signing in. */
function typeOf(data: unknown): unknown {
  if (typeof data !== "string" || !data.includes('"auth.')) return null;
  try {
    return JSON.parse(data).type;
  } catch {
    return null;
  }
}

function isOver(error: unknown): boolean {
  // By its status, not its class: this bundle and the core's may each have classes of their own.
  return (error as { status?: number }).status === 401;
}
