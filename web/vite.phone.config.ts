import { defineConfig } from "vite";

// The phone page apart from the desk: older engines, one script without imports at run time, nothing of the desk.
export default defineConfig({
  base: "/",
  publicDir: false,
  build: {
    target: "es2019",
    cssTarget: "chrome61",
    outDir: "dist",
    assetsDir: "assets",
    emptyOutDir: false,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { phone: "m.html" }, output: { entryFileNames: "assets/phone-[hash].js", assetFileNames: "assets/phone-[hash][extname]" } },
  },
});
