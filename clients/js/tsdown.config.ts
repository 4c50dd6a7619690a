import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    "core/index": "src/core/index.ts",
    "react/index": "src/react/index.ts",
    "socket/index": "src/socket/index.ts",
    "verifier/index": "src/verifier/index.ts",
    "ws-server/index": "src/ws-server/index.ts",
    "express/index": "src/express/index.ts",
  },
  format: ["esm", "cjs"],
  dts: true,
  platform: "neutral",
  target: "es2022",
  fixedExtension: false,
});
