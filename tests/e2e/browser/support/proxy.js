import { once } from "node:events";
import { createServer, request } from "node:http";

/** Stands between browser and server, and can lose an answer: the server has done its work then, and nobody hears of it. */
export class LosingProxy {
  #server;
  #losing = null;
  /** How many answers were lost. */
  lost = 0;

  async start(target) {
    this.#server = createServer((incoming, outgoing) => this.#pass(target, incoming, outgoing)).listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The answer to the next request for `path`. */
  loseNext(path) {
    this.#losing = path;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #pass(target, incoming, outgoing) {
    const { method, url, headers } = incoming;
    const onward = request(`${target}${url}`, { method, headers }, (answer) => {
      if (url === this.#losing) return this.#lose(answer, outgoing);
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy()); // as if nobody were there
    incoming.pipe(onward);
  }

  #lose(answer, outgoing) {
    this.#losing = null;
    this.lost += 1;
    answer.resume();
    outgoing.destroy();
  }
}
