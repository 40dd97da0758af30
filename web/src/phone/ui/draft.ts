import { effect, signal } from "@preact/signals";
import { account } from "../session";

export interface ReportDraft {
  photos: readonly Blob[];
  group: string | null;
  category: string | null;
  text: string;
}

export function emptyDraft(): ReportDraft {
  return { photos: [], group: null, category: null, text: "" };
}

/** The report being written: it outlives the sheet, so that pointing at the map loses nothing. */
export const draft = signal<ReportDraft>(emptyDraft());

const NONE: readonly Blob[] = [];

/** Forms by what they are about: what is written in them outlives the sheet as well. */
class Drafts<T extends object> {
  private readonly all = signal<ReadonlyMap<string, T>>(new Map());

  constructor(private readonly empty: () => T) {}

  of(code: string): T {
    return this.all.value.get(code) ?? this.empty();
  }

  write(code: string, next: Partial<T>): void {
    this.all.value = new Map(this.all.value).set(code, { ...this.of(code), ...next });
  }

  /** It has been sent. */
  drop(code: string): void {
    const all = new Map(this.all.value);
    all.delete(code);
    this.all.value = all;
  }

  clear(): void {
    this.all.value = new Map();
  }
}

/** What is written about a step of an event before it is taken. */
export const stepDrafts = new Drafts<{ words: string; photos: readonly Blob[] }>(() => ({ words: "", photos: NONE }));
/** What was counted in a building; no day is today. */
export const checkDrafts = new Drafts<{ figures: Partial<Record<string, string>>; day: string | null; note: string }>(() => ({ figures: {}, day: null, note: "" }));

let writer: string | null = null;
// What one account has begun is not another's to send from the same phone.
effect(() => {
  const who = account.value;
  if (who === null || who === writer) return;
  if (writer !== null) {
    draft.value = emptyDraft();
    stepDrafts.clear();
    checkDrafts.clear();
  }
  writer = who;
});
