import { batch, computed, signal } from "@preact/signals";
import { entriesOf, keep, newId, sendAll } from "./queue";
import { ask, proof, reached, send } from "./server";
import { account, lapsed } from "./session";
import { onNews, spread } from "./tabs";
import { openStore, type Queued } from "./store";

/** What the signed-in account has written and the server has not taken yet. */
export const entries = signal<readonly Queued[]>([]);
/** What the server has taken since the lists that are shown were read: it still counts. */
export const settled = signal<readonly Queued[]>([]);
/** How many entries of other accounts this phone keeps, unsent. */
export const foreign = signal(0);
export const waiting = computed(() => entries.value.filter((entry) => entry.state === "waiting").length);
/** As somebody counts them: photos go with what they belong to. */
export const told = computed(() => {
  const whole = new Set(entries.value.filter((entry) => entry.kind !== "photo").map((entry) => entry.id));
  const some = entries.value.filter((entry) => entry.kind !== "photo" || !whole.has(entry.id));
  const of = (state: Queued["state"]): number => some.filter((entry) => entry.state === state).length;
  return { waiting: of("waiting"), refused: of("refused"), all: some.length };
});
export const sending = signal(false);
/** Another account turned out to be signed in on this phone. */
export const strange = signal(false);
/** Counts what was taken by the server, so that lists of it are read again. */
export const taken = signal(0);

const SYNC = "wangge-queue";
const AGAIN_MS = [2_000, 5_000, 15_000, 30_000, 60_000] as const;
let tries = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export async function count(): Promise<void> {
  const db = await openStore();
  if (db === null) return;
  const who = account.value;
  const before = waiting.value;
  const now = who === null ? [] : await entriesOf(who);
  const here = new Set(now.map((entry) => entry.key));
  // What is gone without having been refused has been taken; another account's is none of this one's lists.
  const gone = entries.value.filter((entry) => entry.state === "waiting" && entry.account === who && !here.has(entry.key));
  batch(() => {
    entries.value = now;
    settled.value = [...settled.value.filter((entry) => entry.account === who), ...gone];
  });
  foreign.value = (await db.count("queue")) - now.length;
  if (waiting.value < before) taken.value += 1;
}

/** A list has been read that knows what had settled by then. */
export function listRead(kind: Queued["kind"], then: readonly Queued[]): void {
  settled.value = settled.value.filter((entry) => entry.kind !== kind || !then.includes(entry));
}

/** Send what waits; comes back by itself while the server is away. */
export async function flush(): Promise<void> {
  const who = account.value;
  clearTimeout(timer);
  if (who === null) return;
  if (waiting.value === 0) return;
  sending.value = true;
  const outcome = await sendAll({ account: who, headers: proof, changed: () => void count() });
  sending.value = false;
  await count();
  reached.value = outcome !== "later";
  // Whoever comes in again finds everything still here.
  if (outcome === "signed_out") lapsed.value = true;
  strange.value = outcome === "other_account";
  if (outcome !== "later") {
    tries = 0;
    return;
  }
  timer = setTimeout(() => void flush(), AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
}

/** An entry to be written: everything the phone adds by itself is left out. */
export type Draft = Pick<Queued, "kind" | "method" | "path" | "label"> & Partial<Pick<Queued, "body" | "photo" | "id">>;

/** What was sent at once, where the browser keeps nothing. */
const through = new Set<string>();

/**
 * Keep what was written, in order, and send it as soon as may be.
 *
 * Returns "saved" once it is on the phone, "sent" where the browser keeps nothing and the server took it at once;
 * throws where neither was possible, so that what was typed stays in the form.
 */
export async function write(drafts: readonly Draft[]): Promise<"saved" | "sent"> {
  const who = account.value;
  if (who === null) throw new Error("nobody is signed in");
  const made_at = new Date().toISOString();
  if ((await openStore()) === null) {
    for (const draft of drafts) {
      // What went through before something after it failed is not sent again with the rest.
      const name = `${draft.id} ${draft.path}`;
      if (through.has(name)) continue;
      if (draft.photo) await sendPhoto(draft);
      else await send(draft.path, { ...draft.body, phone_now: new Date().toISOString() }, draft.method);
      through.add(name);
    }
    taken.value += 1;
    return "sent";
  }
  await keep(drafts.map((draft) => ({ id: newId(), body: null, photo: null, ...draft, account: who, made_at })));
  await count();
  spread();
  void askForSync();
  void flush();
  return "saved";
}

async function sendPhoto(draft: Draft): Promise<void> {
  await ask(draft.path, { method: draft.method, body: draft.photo ?? null, headers: { "Content-Type": draft.photo!.type } });
}

/** Have the browser send it after the page was closed, where it can. */
async function askForSync(): Promise<void> {
  try {
    const worker = (await navigator.serviceWorker?.ready) as (ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } }) | undefined;
    await worker?.sync?.register(SYNC);
  } catch {
    // Without it the next opening sends.
  }
}

export function watchNetwork(): void {
  window.addEventListener("online", () => {
    tries = 0;
    void flush();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void count().then(flush);
  });
  navigator.serviceWorker?.addEventListener("message", () => void count());
  onNews(() => void count());
}
