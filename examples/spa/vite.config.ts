import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/demo/",
  plugins: [react()],
  resolve: {
    // The package as it stands in this repository, unbuilt: the demo cannot lag behind it.
    alias: {
      "authgate/react": here("../../clients/js/src/react/index.ts"),
      "authgate/socket": here("../../clients/js/src/socket/index.ts"),
      authgate: here("../../clients/js/src/core/index.ts"),
    },
    dedupe: ["react", "react-dom"],
  },
  build: {
    outDir: here("../../app/views/demo"),
    emptyOutDir: true,
    // The policy of the page allows no inline script, and no address but its own.
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Names that stay, so that a rebuild changes lines and not files; ETags tell browsers what is new.
      output: {
        entryFileNames: "app.js",
        assetFileNames: "app[extname]",
        codeSplitting: false,
        comments: { legal: true },
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});
