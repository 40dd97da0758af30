import { effect, signal } from "@preact/signals";
import type { Position } from "../place";
import { newId } from "../queue";
import { account } from "../session";
import { openStore } from "../store";
import { onNews, spread } from "../tabs";

/**
 * What is being written and not yet sent. It outlives its sheet, the page, and the phone that closes the page while
 * its camera is open; it belongs to the account that began it. Windows of the page on one phone write in the same forms.
 */

/** A form's fields, and its photos, which are kept on their own: they are large and change seldom. */
interface Form<T> {
  /** Made when it was begun: however often it is sent, from whatever window, it is the same. */
  id: string;
  fields: T;
  photos: readonly Blob[];
}

interface Kept {
  value: unknown;
  id: string;
  at: number;
}

const NONE: readonly Blob[] = [];
const AGAIN_MS = 100;
/** What nobody went on with for so long is not gone on with any more. */
const KEPT_MS = 30 * 24 * 3600 * 1000;
const ALL: Forms<object>[] = [];

/** Forms of a kind by what they are about. */
class Forms<T extends object> {
  private readonly all = signal<ReadonlyMap<string, Form<T>>>(new Map());

  constructor(
    readonly kind: string,
    private readonly empty: T,
  ) {
    ALL.push(this as unknown as Forms<object>);
  }

  of(about: string): Form<T> {
    return this.all.value.get(about) ?? { id: "", fields: this.empty, photos: NONE };
  }

  /** Its id; one that nothing was written in gets one now. */
  idOf(about: string): string {
    return this.of(about).id || newId();
  }

  has(about: string): boolean {
    return this.all.value.has(about);
  }

  write(about: string, next: Partial<T>): void {
    const { fields, photos } = this.of(about);
    this.put(about, { id: this.idOf(about), fields: { ...fields, ...next }, photos });
    this.keepFields(about);
  }

  setPhotos(about: string, photos: readonly Blob[]): void {
    const id = this.idOf(about);
    this.put(about, { id, fields: this.of(about).fields, photos });
    void keep(keyOf(this.kind, about, "photos"), photos, id);
    this.keepFields(about);
  }

  /** Write all of it anew, under a new id. */
  begin(about: string, fields: T, photos: readonly Blob[]): void {
    this.put(about, { id: newId(), fields, photos: NONE });
    this.setPhotos(about, photos);
  }

  /** It has been sent. */
  drop(about: string): void {
    const all = new Map(this.all.value);
    all.delete(about);
    this.all.value = all;
    for (const part of ["fields", "photos"] as const) void keep(keyOf(this.kind, about, part), null, "");
  }

  clear(): void {
    this.all.value = new Map();
  }

  /** Take what the phone keeps in place of what is shown. */
  restore(found: ReadonlyMap<string, { id: string; fields?: unknown; photos?: unknown }>): void {
    const all = new Map<string, Form<T>>();
    for (const [about, { id, fields, photos }] of found) {
      const here = this.all.value.get(about);
      const blobs = Array.isArray(photos) ? (photos as Blob[]) : NONE;
      // The same photos stay the same objects: their pictures are not made anew.
      const same = here?.photos.length === blobs.length && blobs.every((blob, n) => blob.size === here.photos[n]!.size);
      all.set(about, { id, fields: { ...this.empty, ...(fields as object) }, photos: same ? here.photos : blobs });
    }
    this.all.value = all;
  }

  private keepFields(about: string): void {
    const { fields, id } = this.of(about);
    void keep(keyOf(this.kind, about, "fields"), fields, id);
  }

  private put(about: string, form: Form<T>): void {
    this.all.value = new Map(this.all.value).set(about, form);
  }
}

export interface ReportFields {
  group: string | null;
  category: string | null;
  text: string;
  /** Where it is, once there is a photo or the pin was moved; else where the worker is when it is sent. */
  place: Position | null;
}

/** The report being written; there is one. */
export const REPORT = "";
export const reportDrafts = new Forms<ReportFields>("report", { group: null, category: null, text: "", place: null });
/** What is written about a step of an event before it is taken. */
export const stepDrafts = new Forms<{ words: string }>("step", { words: "" });
/** What was counted in a building; no day is today. */
export const checkDrafts = new Forms<{ figures: Partial<Record<string, string>>; day: string | null; note: string }>("check", { figures: {}, day: null, note: "" });

/** Quoted, so that no account's keys begin as another one's. */
function keyOf(kind: string, about: string, part: "fields" | "photos"): string {
  return `draft ${JSON.stringify([writer, kind, about, part])}`;
}

/** Writings on their way into the store, and how many there ever were: what is read meanwhile is older than what is shown. */
let writing = 0;
let written = 0;

async function keep(key: string, value: unknown, id: string): Promise<void> {
  if (writer === null) return;
  writing += 1;
  written += 1;
  try {
    const db = await openStore();
    if (value === null) await db?.delete("page", key);
    else await db?.put("page", { value, id, at: Date.now() } satisfies Kept, key);
  } catch {
    // The form itself still has it; saving it will say that the phone is full.
  } finally {
    writing -= 1;
  }
  spread();
}

async function restore(who: string): Promise<void> {
  const db = await openStore();
  if (db === null) return;
  const before = written;
  const start = `draft ${JSON.stringify([who]).slice(0, -1)},`;
  const found = new Map<string, Map<string, { id: string; fields?: unknown; photos?: unknown }>>(ALL.map((forms) => [forms.kind, new Map()]));
  for (const key of await db.getAllKeys("page", IDBKeyRange.bound(start, `${start}\uffff`))) {
    const kept = (await db.get("page", key)) as Kept | undefined;
    if (kept === undefined) continue;
    if (Date.now() - kept.at > KEPT_MS) {
      await db.delete("page", key);
      continue;
    }
    const [, kind, about, part] = JSON.parse(key.slice("draft ".length)) as [string, string, string, "fields" | "photos"];
    found.get(kind)?.set(about, { ...found.get(kind)?.get(about), id: kept.id, [part]: kept.value });
  }
  if (account.value !== who) return;
  if (writing > 0 || written > before) {
    setTimeout(() => void restore(who), AGAIN_MS);
    return;
  }
  for (const forms of ALL) forms.restore(found.get(forms.kind)!);
}

let writer: string | null = null;
// What one account has begun is not another's to send from the same phone.
effect(() => {
  const who = account.value;
  if (who === null || who === writer) return;
  for (const forms of ALL) forms.clear();
  writer = who;
  void restore(who);
});

/** See what other windows of the page have written. */
export function watchDrafts(): void {
  onNews(() => {
    if (writer !== null) void restore(writer);
  });
}
