/// <reference lib="webworker" />
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { entriesOf, sendAll } from "./queue";
import { openStore } from "./store";

declare const self: ServiceWorkerGlobalScope;
/** Files of the page with their hashes, written in by the build. */
declare const __PRECACHE__: { url: string; revision: string | null }[];

const PAGE = "/m";
const SYNC = "wangge-queue";

precacheAndRoute(__PRECACHE__);
cleanupOutdatedCaches();

const page = createHandlerBoundToURL(PAGE);
self.addEventListener("fetch", (event) => {
  // Any address of the page, with a grid or building in it, is the same page.
  if (event.request.mode === "navigate" && new URL(event.request.url).pathname === PAGE) {
    event.respondWith(page({ event, request: event.request, url: new URL(event.request.url) }));
  }
});

self.addEventListener("message", (event) => {
  if (event.data === "go") void self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

interface SyncEvent extends ExtendableEvent {
  readonly tag: string;
}

self.addEventListener("sync", ((event: SyncEvent) => {
  if (event.tag === SYNC) event.waitUntil(sendKept());
}) as EventListener);

/** Send what waits although the page is closed; a failure has the browser come back later. */
async function sendKept(): Promise<void> {
  const db = await openStore();
  const account = (await db?.get("page", "account")) as string | undefined;
  if (account === undefined) return;
  const csrf = (await db?.get("facts", account))?.csrf ?? null;
  const headers = (): Record<string, string> => (csrf === null ? {} : { "X-CSRF-Token": csrf });
  const outcome = await sendAll({ account, headers, changed: () => undefined });
  for (const client of await self.clients.matchAll({ type: "window" })) client.postMessage("queue");
  if (outcome === "later" && (await entriesOf(account)).some((entry) => entry.state === "waiting")) throw new Error("later");
}
