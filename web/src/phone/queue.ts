import { openStore, type Queued, type Store } from "./store";

/**
 * What was written goes out in order, once each. An entry leaves the phone's store when the server has taken it, and
 * not before; what is refused stays to be read. Used by the page and, after it was closed, by the service worker.
 */

export type Outcome =
  /** Nothing waits any more. */
  | "empty"
  /** The server is away or busy; later again. */
  | "later"
  /** Somebody has to sign in first. */
  | "signed_out"
  /** Another account is signed in on this phone. */
  | "other_account";

export interface Sender {
  account: string;
  /** Headers that prove the account; read anew for every entry. */
  headers: () => Record<string, string>;
  /** Told after every change of the queue. */
  changed: () => void;
}

/** Keep an entry; settles when it has been written, so that "saved" is true when it is said. */
export async function keep(entries: Omit<Queued, "key" | "state" | "refusal">[]): Promise<void> {
  const db = await openStore();
  if (db === null) throw new Error("no store");
  // Strict: the words "saved" must survive a flat battery.
  const tx = db.transaction("queue", "readwrite", { durability: "strict" });
  for (const entry of entries) await tx.store.add({ ...entry, state: "waiting", refusal: null });
  await tx.done;
}

export async function entriesOf(account: string): Promise<Queued[]> {
  const db = await openStore();
  return db === null ? [] : db.getAllFromIndex("queue", "account", account);
}

/** Take a refused entry away, after it was read, and with a report or step its photos. */
export async function dismiss(key: number): Promise<void> {
  await eachOf(key, (entry, db) => db.delete("queue", entry.key!));
}

/** Try a refused entry again, as it is, and with a report or step its photos. */
export async function retry(key: number): Promise<void> {
  await eachOf(key, (entry, db) => db.put("queue", { ...entry, state: "waiting", refusal: null }));
}

async function eachOf(key: number, act: (entry: Queued, db: Store) => Promise<unknown>): Promise<void> {
  const db = await openStore();
  const entry = await db?.get("queue", key);
  if (!db || entry?.state !== "refused") return;
  await act(entry, db);
  for (const photo of await photosOf(db, entry)) if (photo.state === "refused") await act(photo, db);
}

/** The photos that are kept of a report or a step; nothing else has any. */
async function photosOf(db: Store, entry: Queued): Promise<Queued[]> {
  if (entry.kind !== "event" && entry.kind !== "step") return [];
  const found = await db.getAllFromIndex("queue", "id", entry.id);
  return found.filter((other) => other.kind === "photo" && other.account === entry.account);
}

const LOCK = "wangge-queue";
const WAIT_MS = 20_000;
const PHOTO_WAIT_MS = 120_000;
/** A gateway may refuse a photo for its size before the server sees it; it will do so again. */
const TOO_LARGE = 413;
let running: Promise<Outcome> | null = null;

/** Send what waits, one sender at a time in this browser. */
export function sendAll(sender: Sender): Promise<Outcome> {
  running =
    running ??
    withLock(() => drain(sender)).finally(() => {
      running = null;
    });
  return running;
}

function withLock(work: () => Promise<Outcome>): Promise<Outcome> {
  const locks = (navigator as { locks?: LockManager }).locks;
  // Without locks page and worker may both send an entry: the server takes it once all the same.
  return locks ? (locks.request(LOCK, work) as unknown as Promise<Outcome>) : work();
}

async function drain(sender: Sender): Promise<Outcome> {
  const db = await openStore();
  if (db === null) return "empty";
  for (;;) {
    const entry = await next(db, sender.account);
    if (entry === null) return "empty";
    const outcome = await sendOne(db, entry, sender);
    sender.changed();
    if (outcome !== null) return outcome;
  }
}

async function next(db: Store, account: string): Promise<Queued | null> {
  let cursor = await db.transaction("queue").store.openCursor();
  while (cursor) {
    if (cursor.value.account === account && cursor.value.state === "waiting") return cursor.value;
    cursor = await cursor.continue();
  }
  return null;
}

/** Send one entry; null to go on with the next one. */
async function sendOne(db: Store, entry: Queued, sender: Sender): Promise<Outcome | null> {
  let response: Response;
  const stop = new AbortController();
  // A connection that hangs would hold up everything behind it; a photo takes its time on a village mast.
  const timer = setTimeout(() => stop.abort(), entry.photo ? PHOTO_WAIT_MS : WAIT_MS);
  try {
    response = await fetch(entry.path, {
      method: entry.method,
      signal: stop.signal,
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-Wangge-Account": entry.account, ...(entry.photo ? { "Content-Type": entry.photo.type } : { "Content-Type": "application/json" }), ...sender.headers() },
      body: entry.photo ?? JSON.stringify({ ...entry.body, phone_now: new Date().toISOString() }),
    });
  } catch {
    return "later";
  } finally {
    clearTimeout(timer);
  }
  // A gateway's page in place of ours, whatever it is called: the server has not seen the entry.
  const answered = await answerOf(response);
  if (answered === null && response.status !== TOO_LARGE) return "later";
  if (response.ok) {
    await db.delete("queue", entry.key!);
    return null;
  }
  const told = problemOf(answered);
  if (response.status === 401 || told.code === "csrf" || told.code === "password_expired") return "signed_out";
  if (told.code === "other_account") return "other_account";
  if (response.status >= 500 || response.status === 429 || response.status === 408) return "later";
  await refuse(db, entry, { status: response.status, ...told });
  return null;
}

/** Keep an entry as refused, and with a refused report or step its photos. */
async function refuse(db: Store, entry: Queued, refusal: NonNullable<Queued["refusal"]>): Promise<void> {
  const photos = await photosOf(db, entry);
  const tx = db.transaction("queue", "readwrite");
  for (const each of [entry, ...photos]) await tx.store.put({ ...each, state: "refused", refusal });
  await tx.done;
}

/** What our server said: it speaks JSON always; null for anybody else's words. */
async function answerOf(response: Response): Promise<Record<string, unknown> | null> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function problemOf(body: Record<string, unknown> | null): { code: string; message: string } {
  return { code: String(body?.["code"] ?? "request_refused"), message: String(body?.["detail"] ?? body?.["title"] ?? "") };
}

/** A client-made id (UUID 4); `crypto.randomUUID` is younger than the phones. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
