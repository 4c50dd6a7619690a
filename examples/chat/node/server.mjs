// A chat room whose members are users of Authgate. AUTHGATE_URL, AUTHGATE_CLIENT_ID and AUTHGATE_CLIENT_SECRET say
// which server, and as which of its service clients.
import { createServer } from "node:http";
import { createVerifier } from "authgate/verifier";
import { createSocketKit, handleProtocols } from "authgate/ws-server";
import { WebSocketServer } from "ws";
import { readText } from "./message.mjs";
import { servePage } from "./page.mjs";

const { AUTHGATE_URL, AUTHGATE_ISSUER, AUTHGATE_CLIENT_ID, AUTHGATE_CLIENT_SECRET } = process.env;
const { HOST = "127.0.0.1", PORT = "8100" } = process.env;

const verifier = createVerifier({
  server: AUTHGATE_URL,
  issuer: AUTHGATE_ISSUER,
  clientId: AUTHGATE_CLIENT_ID,
  clientSecret: AUTHGATE_CLIENT_SECRET,
});
await verifier.start();

const kit = createSocketKit(verifier);
const members = new Set();
const server = createServer(servePage({ authgate: AUTHGATE_URL, audience: AUTHGATE_CLIENT_ID }));
const sockets = new WebSocketServer({ server, path: "/ws", handleProtocols, maxPayload: 16_384 });

sockets.on("connection", async (socket, request) => {
  socket.on("error", () => socket.terminate()); // too long a message, or no WebSocket
  const session = await kit.accept(socket, request);
  if (!session) return;
  members.add(session);
  socket.on("close", () => members.delete(session));
  session.onMessage((message) => say(session.claims.username, readText(message)));
});

function say(from, text) {
  if (text === null) return;
  for (const member of members) member.send({ type: "message", from, text });
}

function stop() {
  server.close();
  kit.close();
  verifier.close();
}

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
server.listen(Number(PORT), HOST, () => console.log(`The chat is ready: http://${HOST}:${server.address().port}/`));
