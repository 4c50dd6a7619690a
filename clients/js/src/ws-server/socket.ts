import type { Claims } from "../verifier/index.js";

/** What the kit needs of a socket: the `WebSocket` of the package `ws` has it. */
export interface SocketLike {
  readonly readyState: number;
  on(event: "message", listener: (data: { toString(): string }, isBinary: boolean) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  send(text: string): void;
  close(code: number, reason: string): void;
  pause(): void;
  resume(): void;
}

/** What the kit needs of the request that asked for the socket. */
export interface UpgradeRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What the kit needs of a verifier. */
export interface SocketVerifier {
  verify(token: string): Promise<Claims>;
  redeem(ticket: string): Promise<Claims>;
  staleness(): number;
  believed(claims: Claims): Claims;
  watch(claims: Claims, listener: () => void): () => void;
}

/** `readyState` of a socket that can send. */
export const OPEN = 1;

export const CLOSE = {
  /** No token, or none that is good. */
  unauthorized: [4401, "invalid_token"],
  /** The session, the token or the account was ended. */
  revoked: [4403, "revoked"],
  /** The token expired, and no new one was sent. */
  expired: [4408, "expired"],
  /** Nothing can be decided at the moment (RFC 6455, IANA registry: Try Again Later). */
  unavailable: [1013, "unavailable"],
} as const;

export type Close = (typeof CLOSE)[keyof typeof CLOSE];

/** Close, and read on: a paused socket would not see that the client agrees. */
export function shut(socket: SocketLike, [code, reason]: Close): void {
  socket.resume();
  socket.close(code, reason);
}
