// A service as the package's README builds one: run by test_verifier_live.py, which talks to it over HTTP.
import { createServer } from "node:http";
import { requireAuth } from "authgate/express";
import { createVerifier } from "authgate/verifier";
import { createSocketKit, handleProtocols } from "authgate/ws-server";
import { WebSocket, WebSocketServer } from "ws";

const { SERVER, CLIENT_ID, CLIENT_SECRET } = process.env;
const verifier = createVerifier({
  server: SERVER,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  issuer: process.env.ISSUER,
  onError: () => undefined,
});
await verifier.start();
const protect = requireAuth(verifier);
const kit = createSocketKit(verifier);
const closed = [];

function openSocket(login, response) {
  const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`);
  socket.on("open", () => socket.send(JSON.stringify({ type: "auth", ...login })));
  socket.on("message", (data) => response.writableEnded || response.end(String(data)));
  socket.on("close", (code) => {
    closed.push(code);
    if (!response.writableEnded) response.end(JSON.stringify({ type: "closed", code }));
  });
}

const server = createServer((request, response) => {
  if (request.url === "/closed") return response.end(JSON.stringify(closed));
  if (request.url === "/socket") return request.on("data", (body) => openSocket(JSON.parse(body), response));
  return protect(request, response, (error) => response.end(JSON.stringify(error ? "defect" : request.auth)));
});
new WebSocketServer({ server, handleProtocols }).on("connection", (socket, request) => kit.accept(socket, request));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
