import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../screenshots/", import.meta.url));

/** Writes what the page shows to screenshots/NAME.png. */
export function shoot(page, name, options) {
  mkdirSync(FOLDER, { recursive: true });
  return page.screenshot({ path: `${FOLDER}${name}.png`, ...options });
}
