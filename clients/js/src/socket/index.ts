import { AuthSocket, type SocketOptions, type TicketSource } from "./socket.ts";

/** Opens a WebSocket of a service that verifies Authgate's tokens, in the name of whoever `client` has signed in. */
export function openSocket(client: TicketSource, url: string | URL, options?: SocketOptions): AuthSocket {
  return new AuthSocket(client, url, options);
}

export type { AuthSocket, SocketOptions, TicketSource } from "./socket.ts";
