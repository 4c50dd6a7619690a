// What load/k6.js uses of k6, under Node.js: `node k6_shim.mjs SCRIPT VUS SECONDS`, with the variables of __ENV in the
// environment. VUs take turns; as in k6, each has its own copy of the script, and requests and sleep block.
// The types of @types/k6 judge whether the script uses k6 as it is; this shows what it does.

import fs from "node:fs";
import { register } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";

globalThis.k6Shim ??= { vu: 0, counters: {}, next: [] };
const state = globalThis.k6Shim;
state.signal ??= new Int32Array(new SharedArrayBuffer(4));
const { signal } = state;

const FETCHER = `
  const { workerData: { port, signal } } = require("node:worker_threads");
  port.on("message", async ({ method, url, body, headers }) => {
    let response = { status: 0, body: null, headers: {} };
    try {
      const got = await fetch(url, { method, body, headers });
      const fields = [...got.headers].map(([name, value]) => [name.replace(/\\b[a-z]/g, (c) => c.toUpperCase()), value]);
      response = { status: got.status, body: await got.text(), headers: Object.fromEntries(fields) };
    } catch {}
    port.postMessage(response);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  });
`;

function fetcher() {
  const { port1, port2 } = new MessageChannel();
  new Worker(FETCHER, { eval: true, workerData: { port: port2, signal }, transferList: [port2] }).unref();
  port1.unref();
  return port1;
}

function request(method, url, body, { headers = {} } = {}) {
  state.port ??= fetcher();
  const { port } = state;
  const began = performance.now();
  Atomics.store(signal, 0, 0);
  port.postMessage({ method, url, body: body ?? undefined, headers });
  Atomics.wait(signal, 0, 0);
  return { ...receiveMessageOnPort(port).message, timings: { duration: performance.now() - began } };
}

/** Until then, the VU that runs has no turn. */
export const sleep = (seconds) => {
  state.next[state.vu] = Date.now() + seconds * 1000;
};

/** As k6's, `new SharedArray` is the array itself: an arrow function could not be called so. */
export function SharedArray(_name, make) {
  return make();
}

class Metric {
  constructor(name) {
    this.name = name;
    state.counters[name] ??= 0;
  }

  add(value) {
    state.counters[this.name] += Number(value);
  }
}

export { Metric as Counter, Metric as Rate };

export default {
  request,
  b64encode: (text) => Buffer.from(text).toString("base64"),
  b64decode: (text, encoding, format) => {
    if (encoding !== "rawurl" || format !== "s") throw new Error("the shim decodes rawurl to text only");
    return Buffer.from(text, "base64url").toString();
  },
  vu: {
    get idInTest() {
      return state.vu;
    },
  },
  test: {
    abort(reason) {
      throw new Error(reason);
    },
  },
};

const HOOKS = `
  export const resolve = (name, context, next) =>
    /^k6(\\/|$)/.test(name) ? { url: ${JSON.stringify(import.meta.url)}, shortCircuit: true } : next(name, context);
  export const load = async (url, context, next) => next(url, /k6\\.js/.test(url) ? { ...context, format: "module" } : context);
`;

async function main(script, vus, seconds) {
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  globalThis.__ENV = process.env;
  globalThis.open = (name) => fs.readFileSync(path.resolve(path.dirname(script), name), "utf8");
  const steps = [];
  for (let vu = 1; vu <= vus; vu += 1) steps[vu] = (await import(`${pathToFileURL(script)}?vu=${vu}`)).default;
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    for (const vu of steps.keys()) {
      if (vu === 0 || (state.next[vu] ?? 0) > Date.now()) continue;
      state.vu = vu;
      steps[vu]();
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  console.error(JSON.stringify(state.counters));
  process.exit(0);
}

// Not awaited: the script imports this module, which must have been evaluated by then.
if (process.argv[1] === new URL(import.meta.url).pathname) {
  main(path.resolve(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]));
}
