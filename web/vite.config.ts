import { defineConfig } from "vite";

// Where `npm run dev` finds the API; the built page is served by the API itself.
const API = process.env.WANGGE_API ?? "http://127.0.0.1:8000";

export default defineConfig({
  base: "/",
  server: { port: 5173, strictPort: true, proxy: { "/api": API, "/tiles": API } },
  build: {
    // The age of office browsers: nothing newer may leave the build.
    target: "chrome78",
    cssTarget: "chrome78",
    outDir: "dist",
    assetsDir: "assets",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // The desk and the public page; the public one carries none of the desk's code.
    rollupOptions: { input: { desk: "index.html", public: "public.html" } },
    chunkSizeWarningLimit: 700,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
} as Parameters<typeof defineConfig>[0]);
