import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// Relative: the console works under any path prefix. No inlining: the policy of the page permits no data: scripts or styles.
export default defineConfig({
  base: "./",
  plugins: [react(), { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" }],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    // One file, which comes with the page: a part that comes without its styles is asked for again without them, and nobody hears of it.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    // What is bundled is handed on in it, so its licences are too.
    license: { fileName: "third-party-licenses.md" },
    rollupOptions: {
      input: {
        index: "index.html",
        "signed-in": "signed-in.html",
        "playground-sign-in": "src/session/playgroundSignIn.ts",
      },
      // What the playground loads is found by its name.
      preserveEntrySignatures: "exports-only",
      output: {
        entryFileNames: ({ name }) => (name === "playground-sign-in" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
