import { Authgate } from "./authgate.js";

/** The server that the test files share: `inject("url")`. */
export default async function setup(project) {
  const authgate = new Authgate();
  await authgate.start();
  project.provide("url", authgate.url);
  return () => authgate.end();
}
