// What the page needs of the npm package; `make demo` bundles it into page/authgate.js.
export { createAuthClient } from "../../clients/js/src/core/index.ts";
export { openSocket } from "../../clients/js/src/socket/index.ts";
