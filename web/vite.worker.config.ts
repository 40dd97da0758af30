import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

/** What the phone keeps of the page: the page itself and what it names; hashed names need no revision. */
function precache(): { url: string; revision: string | null }[] {
  const html = readFileSync("dist/m.html", "utf8");
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => ({ url: match[1]!, revision: null }));
  const hash = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16);
  return [
    { url: "/m", revision: hash("dist/m.html") },
    { url: "/m/manifest.webmanifest", revision: hash("phone/manifest.webmanifest") },
    { url: "/favicon.svg", revision: hash("public/favicon.svg") },
    ...files,
  ];
}

// The service worker of the phone page; built after it, because it names its files.
export default defineConfig({
  publicDir: false,
  define: { __PRECACHE__: JSON.stringify(precache()), "process.env.NODE_ENV": '"production"' },
  build: {
    target: "es2019",
    outDir: "dist/m",
    emptyOutDir: false,
    lib: { entry: "src/phone/sw.ts", formats: ["iife"], name: "worker", fileName: () => "sw.js" },
  },
});
