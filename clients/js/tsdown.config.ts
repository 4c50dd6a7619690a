import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
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
