// A service that verifies tokens as the package's README says. test_verifier_live.py talks to it over HTTP:
//   GET /              behind requireAuth; the claims
//   GET /outcome       "good", or the name of the error that verify rejects with
//   GET /staleness     of the verifier, in seconds
//   GET /heard         the subjects of all revocations so far
//   POST /socket       logs a socket in; the service's first message, or the close code
//   GET /closed        the close codes of all sockets so far
import { createServer } from "node:http";
import { requireAuth } from "authgate/express";
import { createVerifier } from "authgate/verifier";
import { createSocketKit, handleProtocols } from "authgate/ws-server";
import { WebSocket, WebSocketServer } from "ws";

const verifier = createVerifier({
  server: process.env.AUTHGATE_URL,
  issuer: process.env.AUTHGATE_ISSUER,
  clientId: process.env.AUTHGATE_CLIENT_ID,
  clientSecret: process.env.AUTHGATE_CLIENT_SECRET,
  onError: () => undefined,
});
const heard = [];
const closed = [];
verifier.onRevoked((entry) => heard.push(entry.subject));
await verifier.start();
const protect = requireAuth(verifier);
const kit = createSocketKit(verifier);

function outcome(request) {
  const token = request.headers.authorization.replace("Bearer ", "");
  return verifier.verify(token).then(
    () => "good",
    (error) => error.name,
  );
}

async function openSocket(request) {
  let body = "";
  for await (const chunk of request) body += chunk;
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  socket.on("open", () => socket.send(JSON.stringify({ type: "auth", ...JSON.parse(body) })));
  socket.on("close", (code) => closed.push(code));
  return new Promise((resolve) => {
    socket.on("message", (data) => resolve(JSON.parse(data)));
    socket.on("close", resolve);
  });
}

const routes = {
  "/outcome": outcome,
  "/staleness": () => verifier.staleness(),
  "/heard": () => heard,
  "/socket": openSocket,
  "/closed": () => closed,
};

const server = createServer(async (request, response) => {
  const route = routes[request.url];
  if (route) return response.end(JSON.stringify(await route(request)));
  return protect(request, response, (error) => response.end(JSON.stringify(error ? "defect" : request.auth)));
});
new WebSocketServer({ server, handleProtocols }).on("connection", (socket, request) => kit.accept(socket, request));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
