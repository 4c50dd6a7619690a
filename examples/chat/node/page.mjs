import { readFileSync } from "node:fs";

const TYPES = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" };
const NAMES = ["index.html", "page.css", "page.js", "authgate.js"];

/** Answers with the files of ../page, and with `config` as /config.json. */
export function servePage(config) {
  const files = new Map(NAMES.map((name) => [`/${name}`, fileOf(name)]));
  files.set("/", files.get("/index.html"));
  files.set("/config.json", { type: "application/json", body: JSON.stringify(config) });
  return (request, response) => {
    const file = files.get(request.url);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": file.type, "Cache-Control": "no-cache" }).end(file.body);
  };
}

function fileOf(name) {
  return { type: TYPES[name.split(".").pop()], body: readFileSync(new URL(`../page/${name}`, import.meta.url)) };
}
