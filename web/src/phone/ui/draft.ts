import { effect, signal } from "@preact/signals";
import { account, token } from "../session";
import { openStore } from "../store";

/**
 * What is being written and not yet sent. It outlives its sheet, the page, and the phone that closes the page while
 * its camera is open; it belongs to the account that began it.
 */

/** A form's fields, and its photos, which are kept on their own: they are large and change seldom. */
interface Form<T> {
  fields: T;
  photos: readonly Blob[];
}

interface Kept {
  value: unknown;
  at: number;
}

const NONE: readonly Blob[] = [];
const PAUSE_MS = 250;
/** What nobody went on with for so long is not gone on with any more. */
const KEPT_MS = 30 * 24 * 3600 * 1000;
const ALL: Forms<object>[] = [];

/** Forms of a kind by what they are about. */
class Forms<T extends object> {
  private readonly all = signal<ReadonlyMap<string, Form<T>>>(new Map());
  private timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    readonly kind: string,
    private readonly empty: T,
  ) {
    ALL.push(this as unknown as Forms<object>);
  }

  of(about: string): Form<T> {
    return this.all.value.get(about) ?? { fields: this.empty, photos: NONE };
  }

  has(about: string): boolean {
    return this.all.value.has(about);
  }

  write(about: string, next: Partial<T>): void {
    const { fields, photos } = this.of(about);
    this.put(about, { fields: { ...fields, ...next }, photos });
    clearTimeout(this.timers.get(about));
    this.timers.set(about, setTimeout(() => this.keepNow(about), PAUSE_MS));
  }

  /** Photos are kept at once: the camera is what closes pages. */
  setPhotos(about: string, photos: readonly Blob[]): void {
    this.put(about, { fields: this.of(about).fields, photos });
    void keep(keyOf(this.kind, about, "photos"), photos);
    this.keepNow(about);
  }

  /** It has been sent. */
  drop(about: string): void {
    const all = new Map(this.all.value);
    all.delete(about);
    this.all.value = all;
    clearTimeout(this.timers.get(about));
    this.timers.delete(about);
    for (const part of ["fields", "photos"] as const) void keep(keyOf(this.kind, about, part), null);
  }

  clear(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.all.value = new Map();
  }

  /** Take what the phone kept; what has been written since the page opened goes before it. */
  restore(about: string, fields: unknown, photos: unknown): void {
    if (this.all.value.has(about)) return;
    this.put(about, { fields: { ...this.empty, ...(fields as object) }, photos: Array.isArray(photos) ? (photos as Blob[]) : NONE });
  }

  /** Keep what still waits for a pause in the typing. */
  flush(): void {
    for (const about of [...this.timers.keys()]) this.keepNow(about);
  }

  private keepNow(about: string): void {
    clearTimeout(this.timers.get(about));
    this.timers.delete(about);
    void keep(keyOf(this.kind, about, "fields"), this.of(about).fields);
  }

  private put(about: string, form: Form<T>): void {
    this.all.value = new Map(this.all.value).set(about, form);
  }
}

export interface ReportFields {
  group: string | null;
  category: string | null;
  text: string;
}

/** The report being written; there is one. */
export const REPORT = "";
export const reportDrafts = new Forms<ReportFields>("report", { group: null, category: null, text: "" });
/** What is written about a step of an event before it is taken. */
export const stepDrafts = new Forms<{ words: string }>("step", { words: "" });
/** What was counted in a building; no day is today. */
export const checkDrafts = new Forms<{ figures: Partial<Record<string, string>>; day: string | null; note: string }>("check", { figures: {}, day: null, note: "" });

/** Quoted, so that no account's keys begin as another one's. */
function keyOf(kind: string, about: string, part: "fields" | "photos"): string {
  return `draft ${JSON.stringify([writer, kind, about, part])}`;
}

async function keep(key: string, value: unknown): Promise<void> {
  // A page in a frame belongs to the platform around it: nothing of it stays on the phone.
  if (writer === null || token.value !== null) return;
  const db = await openStore();
  try {
    if (value === null) await db?.delete("page", key);
    else await db?.put("page", { value, at: Date.now() } satisfies Kept, key);
  } catch {
    // The form itself still has it; saving it will say that the phone is full.
  }
}

async function restore(who: string): Promise<void> {
  const db = await openStore();
  if (db === null) return;
  const start = `draft ${JSON.stringify([who]).slice(0, -1)},`;
  const found = new Map<string, { kind: string; about: string; fields?: unknown; photos?: unknown }>();
  for (const key of await db.getAllKeys("page", IDBKeyRange.bound(start, `${start}\uffff`))) {
    const kept = (await db.get("page", key)) as Kept;
    if (Date.now() - kept.at > KEPT_MS) {
      await db.delete("page", key);
      continue;
    }
    const [, kind, about, part] = JSON.parse(key.slice("draft ".length)) as [string, string, string, "fields" | "photos"];
    const name = JSON.stringify([kind, about]);
    found.set(name, { ...(found.get(name) ?? { kind, about }), [part]: kept.value });
  }
  if (account.value !== who) return;
  for (const { kind, about, fields, photos } of found.values()) ALL.find((forms) => forms.kind === kind)?.restore(about, fields, photos);
}

let writer: string | null = null;
// What one account has begun is not another's to send from the same phone.
effect(() => {
  const who = account.value;
  if (who === null || who === writer) return;
  for (const forms of ALL) {
    forms.flush();
    forms.clear();
  }
  writer = who;
  void restore(who);
});

/** Keep what is being typed before the page may be closed. */
export function watchLeaving(): void {
  const flush = (): void => ALL.forEach((forms) => forms.flush());
  window.addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") flush();
  });
}
