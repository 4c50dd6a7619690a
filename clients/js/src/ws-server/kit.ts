import type { Claims } from "../verifier/index.js";
import { type Credential, fromMessage, fromProtocols, judge } from "./credential.js";
import { Inbox } from "./inbox.js";
import { closeFor, SocketSession } from "./session.js";
import { CLOSE, type SocketLike, type SocketVerifier, shut, type UpgradeRequest } from "./socket.js";

export interface SocketKitOptions {
  /** Seconds within which a client must log in; by default 10. */
  readonly patience?: number;
  /** Seconds that open sockets outlive a feed that cannot be read; by default 30. */
  readonly grace?: number;
  /** Unix seconds. */
  readonly wall?: () => number;
}

const CHECK_EVERY = 1000; // ms

/** Accepts sockets with a ticket or a token, and closes them when it is over. */
export class SocketKit {
  private readonly sessions = new Set<SocketSession>();
  private readonly patience: number;
  private readonly grace: number;
  private readonly wall: () => number;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly verifier: SocketVerifier,
    options: SocketKitOptions = {},
  ) {
    this.patience = options.patience ?? 10;
    this.grace = options.grace ?? 30;
    this.wall = options.wall ?? (() => Date.now() / 1000);
    this.timer = setInterval(() => this.closeWhenStale(), CHECK_EVERY).unref();
  }

  /** The session, or null after the socket was closed. Call it at once in the `connection` event. */
  async accept(socket: SocketLike, request: UpgradeRequest): Promise<SocketSession | null> {
    const inbox = new Inbox(socket);
    const credential = fromProtocols(request) ?? (await this.firstMessage(inbox));
    const claims = credential && (await this.judge(socket, credential));
    if (!claims) {
      if (!credential) shut(socket, CLOSE.unauthorized);
      return null;
    }
    return inbox.closed ? null : this.open(socket, inbox, claims);
  }

  /** Sockets that are open. */
  get size(): number {
    return this.sessions.size;
  }

  /** Close every socket, and stop. The verifier is yours to close. */
  close(): void {
    clearInterval(this.timer);
    for (const session of this.sessions) session.close(CLOSE.unavailable);
  }

  private async firstMessage(inbox: Inbox): Promise<Credential | null> {
    const text = await inbox.next(this.patience);
    return text === null ? null : fromMessage(text);
  }

  private async judge(socket: SocketLike, credential: Credential): Promise<Claims | null> {
    try {
      return await judge(this.verifier, credential);
    } catch (error) {
      shut(socket, closeFor(error));
      return null;
    }
  }

  private open(socket: SocketLike, inbox: Inbox, claims: Claims): SocketSession {
    const session = new SocketSession(socket, this.verifier, claims, this.wall);
    this.sessions.add(session);
    socket.on("close", () => {
      session.end();
      this.sessions.delete(session);
    });
    setImmediate(() => inbox.deliver((text) => session.receive(text))); // after the caller has set its listener
    return session;
  }

  private closeWhenStale(): void {
    if (this.verifier.staleness() <= this.grace) return;
    for (const session of this.sessions) session.close(CLOSE.unavailable);
  }
}
