import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { GridPackage, PhoneHome } from "./package";

/** What waits to be sent, or was refused; kept until one or the other has been seen. */
export interface Queued {
  key?: number;
  /** Nobody else's session on this phone ever sends it. */
  account: string;
  /** Made here, so that the server takes it once however often it is sent. */
  id: string;
  kind: "check" | "event" | "photo" | "mark" | "step";
  method: "POST" | "PUT";
  path: string;
  body: Record<string, unknown> | null;
  photo: Blob | null;
  /** What it is about, for the list. */
  label: string;
  made_at: string;
  state: "waiting" | "refused";
  refusal: { status: number; code: string; message: string } | null;
}

export interface Facts {
  account: string;
  csrf: string | null;
  features: string[];
  home: PhoneHome;
  pin: { salt: string; hash: string; tries: number } | null;
}

interface Schema extends DBSchema {
  packages: { key: [string, string]; value: { account: string; code: string; tag: string | null; data: GridPackage } };
  facts: { key: string; value: Facts; };
  /** The account that is signed in on this phone, as it was last known; and settings of the page. */
  page: { key: string; value: unknown };
  queue: { key: number; value: Queued; indexes: { account: string; id: string } };
}

export type Store = IDBPDatabase<Schema>;

const NAME = "wangge-phone";

let opening: Promise<Store | null> | null = null;

/** Within another platform's page: nothing of it stays on the phone. */
export function isFramed(): boolean {
  return typeof window !== "undefined" && window.top !== window.self;
}

/** Throws, at once or later, where the browser has no store or refuses it. */
async function openDatabase(): Promise<Store> {
  return openDB<Schema>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("packages", { keyPath: ["account", "code"] });
      db.createObjectStore("facts", { keyPath: "account" });
      db.createObjectStore("page");
      const queue = db.createObjectStore("queue", { keyPath: "key", autoIncrement: true });
      queue.createIndex("account", "account");
      queue.createIndex("id", "id");
    },
    terminated() {
      opening = null;
    },
  });
}

/** The phone's own store, or null where the browser has none or should keep nothing: the page then works online and says so. */
export function openStore(): Promise<Store | null> {
  opening = opening ?? (isFramed() ? Promise.resolve(null) : openDatabase().catch(() => null));
  return opening;
}

/** That a session was to be ended and the server could not be told: nobody comes in by it before it has been. */
export const ended = {
  async has(): Promise<boolean> {
    return (await (await openStore())?.get("page", "ended")) === true;
  },
  async set(): Promise<void> {
    await (await openStore())?.put("page", true, "ended");
  },
  async clear(): Promise<void> {
    await (await openStore())?.delete("page", "ended");
  },
};

/** Forget everything an account keeps here but what it has not sent yet. */
export async function forget(account: string): Promise<void> {
  const db = await openStore();
  if (db === null) return;
  const tx = db.transaction(["packages", "facts", "page"], "readwrite");
  for (const key of await tx.objectStore("packages").getAllKeys()) {
    if (key[0] === account) await tx.objectStore("packages").delete(key);
  }
  await tx.objectStore("facts").delete(account);
  for (const list of ["campaigns", "work", "checks", "mine", "stocked"]) await tx.objectStore("page").delete(`${list} ${account}`);
  if ((await tx.objectStore("page").get("account")) === account) await tx.objectStore("page").delete("account");
  await tx.done;
}
