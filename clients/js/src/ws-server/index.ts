import { SocketKit, type SocketKitOptions } from "./kit.js";
import type { SocketVerifier } from "./socket.js";

export { handleProtocols } from "./credential.js";
export type { SocketKit, SocketKitOptions } from "./kit.js";
export type { SocketSession } from "./session.js";
export { CLOSE, type SocketLike, type SocketVerifier, type UpgradeRequest } from "./socket.js";

/** Logins, renewal and ending of the sockets of one server of the package `ws`. */
export function createSocketKit(verifier: SocketVerifier, options?: SocketKitOptions): SocketKit {
  return new SocketKit(verifier, options);
}
