import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../../../..", import.meta.url));
const LIMITS = ["LOGIN", "LOGIN_ADDRESS", "LOGIN_ACCOUNT", "REGISTER", "REFRESH", "REFRESH_ADDRESS", "API"];

/** A real server with two workers, a SQLite and a Valkey of its own. Access tokens live for `minutes`: 1 is the least. */
export class Authgate {
  #minutes;
  #directory = mkdtempSync(join(tmpdir(), "authgate-browser-"));
  #process = null;
  #port = 0;
  #output = "";

  constructor(minutes = 15) {
    this.#minutes = minutes;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Resolves when it is ready. */
  async start() {
    this.#port ||= await freePort();
    this.#output = "";
    const server = spawn(".venv/bin/python", ["-m", "app.launch.serve", "--end-with-parent"], {
      cwd: PROJECT,
      env: this.#environment(),
    });
    this.#process = server;
    await new Promise((resolve, reject) => {
      const read = (chunk) => {
        this.#output += chunk;
        if (this.#output.includes("Authgate is ready")) resolve();
      };
      server.stdout.on("data", read);
      server.stderr.on("data", read);
      server.once("exit", (code) => reject(new Error(`The server ended with code ${code}:\n${this.#output}`)));
    });
  }

  /** Runs a Python file of the project with the server's settings and database. */
  runScript(path) {
    const input = readFileSync(join(PROJECT, path));
    execFileSync(".venv/bin/python", ["manage.py", "shell"], { cwd: PROJECT, env: this.#environment(), input });
  }

  async stop() {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await ended;
  }

  /** For good, with its files. */
  async end() {
    await this.stop();
    rmSync(this.#directory, { recursive: true });
  }

  #environment() {
    return {
      ...process.env,
      ENV_FILE: "",
      DJANGO_SETTINGS_MODULE: "settings.development",
      DATA_DIR: this.#directory,
      DATABASE_URL: "",
      REDIS_URL: "",
      PORT: String(this.#port),
      WORKERS: "2",
      JWT_ACCESS_TOKEN_EXPIRE_MINUTES: String(this.#minutes),
      JWT_LEEWAY_SECONDS: "0",
      ...Object.fromEntries(LIMITS.map((name) => [`RATE_LIMIT_${name}`, "off"])),
    };
  }
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}
