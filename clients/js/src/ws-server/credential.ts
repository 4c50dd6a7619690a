import type { Claims } from "../verifier/index.js";
import type { SocketVerifier, UpgradeRequest } from "./socket.js";

export const PROTOCOL = "authgate";

const TICKET = "authgate.ticket.";
const BEARER = "authgate.bearer.";

export type Credential = { readonly ticket: string } | { readonly token: string };

/** For `handleProtocols` of `ws`: selects "authgate", and never repeats a credential to the client. */
export function handleProtocols(offered: Iterable<string>): string | false {
  return [...offered].includes(PROTOCOL) ? PROTOCOL : false;
}

/** The credential among the subprotocols that the client offered, if there is one. */
export function fromProtocols(request: UpgradeRequest): Credential | null {
  const offered = String(request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((name) => name.trim());
  const after = (prefix: string) => offered.find((name) => name.startsWith(prefix))?.slice(prefix.length);
  const ticket = after(TICKET);
  const token = after(BEARER);
  if (ticket !== undefined) return { ticket };
  return token === undefined ? null : { token };
}

/** The credential in a message `{"type": "auth", ...}`; null for every other message. */
export function fromMessage(text: string): Credential | null {
  if (!text.includes('"auth"')) return null; // spares most messages the parsing
  const { type, ticket, token } = parse(text);
  if (type !== "auth") return null;
  return typeof ticket === "string" ? { ticket } : { token: String(token) };
}

export function judge(verifier: SocketVerifier, credential: Credential): Promise<Claims> {
  return "ticket" in credential ? verifier.redeem(credential.ticket) : verifier.verify(credential.token);
}

function parse(text: string): { type?: unknown; ticket?: unknown; token?: unknown } {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {}; // the application's own message, in a form of its own
  }
}
