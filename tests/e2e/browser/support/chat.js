import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./authgate.js";

const PROJECT = fileURLToPath(new URL("../../../..", import.meta.url));

/** Authgate and the chat in Python, as `make chat` starts them. `end()` leaves nothing of them. */
export async function startChat() {
  const directory = mkdtempSync(join(tmpdir(), "authgate-chat-"));
  const [port, chatPort] = [await freePort(), await freePort()];
  const launcher = spawn(".venv/bin/python", ["examples/chat/launch.py", "python"], {
    cwd: PROJECT,
    env: {
      ...process.env,
      ENV_FILE: "",
      PYTHONPATH: PROJECT,
      DJANGO_SETTINGS_MODULE: "settings.development",
      DATA_DIR: directory,
      DATABASE_URL: "",
      REDIS_URL: "",
      PORT: String(port),
      CHAT_PORT: String(chatPort),
    },
  });
  await untilReady(launcher);
  return {
    url: `http://127.0.0.1:${chatPort}/`,
    authgate: `http://127.0.0.1:${port}`,
    async end() {
      const ended = once(launcher, "exit");
      launcher.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

function untilReady(launcher) {
  let output = "";
  return new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      if (output.includes("Open it twice")) resolve();
    };
    launcher.stdout.on("data", read);
    launcher.stderr.on("data", read);
    launcher.once("exit", (code) => reject(new Error(`The chat ended with code ${code}:\n${output}`)));
  });
}
