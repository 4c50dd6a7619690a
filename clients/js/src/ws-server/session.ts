import { type Claims, InvalidToken, RevokedToken, Unavailable } from "../verifier/index.js";
import { type Credential, fromMessage, judge } from "./credential.js";
import { Deadline } from "./deadline.js";
import { CLOSE, type Close, OPEN, type SocketLike, type SocketVerifier, shut } from "./socket.js";

/** An accepted socket: its claims, and its messages without those of the login. */
export class SocketSession {
  private readonly deadline: Deadline;
  private unwatch: () => void = () => undefined;
  private current: Claims;
  private listener: (text: string) => void = () => undefined;

  constructor(
    private readonly socket: SocketLike,
    private readonly verifier: SocketVerifier,
    claims: Claims,
    wall: () => number,
  ) {
    this.current = claims;
    const ask = () => this.send({ type: "auth.renew", expires_at: this.current.expiresAt });
    this.deadline = new Deadline(wall, ask, () => this.close(CLOSE.expired));
    this.adopt(claims);
  }

  /** Those of the newest token. Rights that the account has lost since are false, as the feed tells it. */
  get claims(): Claims {
    return this.verifier.believed(this.current);
  }

  /** Text messages of the application. Without a listener they are dropped. */
  onMessage(listener: (text: string) => void): void {
    this.listener = listener;
  }

  /** Send as JSON; nothing happens on a socket that is closing. */
  send(message: unknown): void {
    if (this.socket.readyState === OPEN) this.socket.send(JSON.stringify(message));
  }

  close(how: Close): void {
    this.end();
    shut(this.socket, how);
  }

  /** The kit's own: the socket is gone. */
  end(): void {
    this.deadline.clear();
    this.unwatch();
  }

  /** The kit's own: a message came. */
  async receive(text: string): Promise<void> {
    const credential = fromMessage(text);
    if (credential) await this.renew(credential);
    else if (this.socket.readyState === OPEN) this.listener(text);
  }

  private async renew(credential: Credential): Promise<void> {
    const claims = await judge(this.verifier, credential).catch((error: unknown) => this.keepOrClose(error));
    if (!claims || this.socket.readyState !== OPEN) return;
    const same = claims.subject === this.current.subject && claims.session === this.current.session;
    if (same) this.adopt(claims);
    else this.close(CLOSE.unauthorized);
  }

  /** An outage does not end a socket whose token is still good: the client may try again until it expires. */
  private keepOrClose(error: unknown): void {
    if (error instanceof Unavailable) this.send({ type: "auth.error", error: "unavailable" });
    else this.close(closeFor(error));
  }

  private adopt(claims: Claims): void {
    this.unwatch();
    this.current = claims;
    this.unwatch = this.verifier.watch(claims, () => this.close(CLOSE.revoked));
    this.deadline.set(claims.expiresAt);
    this.send({ type: "auth.ok", expires_at: claims.expiresAt });
  }
}

/** How a socket is closed whose credential was refused. Throws what is no refusal. */
export function closeFor(error: unknown): Close {
  if (error instanceof RevokedToken) return CLOSE.revoked;
  if (error instanceof InvalidToken) return CLOSE.unauthorized;
  if (error instanceof Unavailable) return CLOSE.unavailable;
  throw error;
}
