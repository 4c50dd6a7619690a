// A chat room whose members are users of Authgate. AUTHGATE_SERVER, AUTHGATE_CLIENT_ID and AUTHGATE_CLIENT_SECRET say
// which server, and as which service client.
import { createServer } from "node:http";
import { createVerifier } from "authgate/verifier";
import { createSocketKit, handleProtocols } from "authgate/ws-server";
import { WebSocketServer } from "ws";
import { readText } from "./message.mjs";

const { AUTHGATE_SERVER, AUTHGATE_CLIENT_ID, AUTHGATE_CLIENT_SECRET, PORT = "8100" } = process.env;
const verifier = createVerifier({
  server: AUTHGATE_SERVER,
  clientId: AUTHGATE_CLIENT_ID,
  clientSecret: AUTHGATE_CLIENT_SECRET,
});
await verifier.start();

const kit = createSocketKit(verifier);
const members = new Set();
const server = createServer((_request, response) => response.writeHead(404).end());
const sockets = new WebSocketServer({ server, handleProtocols, maxPayload: 16_384 });

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

server.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
