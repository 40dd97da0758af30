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

/** What is written about a step of an event before it is taken. */
export interface StepDraft {
  words: string;
  photos: readonly Blob[];
}

const EMPTY: StepDraft = { words: "", photos: [] };
/** By event; they outlive the sheet as well. */
const steps = signal<ReadonlyMap<string, StepDraft>>(new Map());

export function stepDraft(event: string): StepDraft {
  return steps.value.get(event) ?? EMPTY;
}

/** Change what is written about an event's step; null once it has been taken. */
export function writeStep(event: string, next: Partial<StepDraft> | null): void {
  const all = new Map(steps.value);
  if (next === null) all.delete(event);
  else all.set(event, { ...stepDraft(event), ...next });
  steps.value = all;
}

let writer: string | null = null;
// What one account has begun is not another's to send from the same phone.
effect(() => {
  const who = account.value;
  if (who === null || who === writer) return;
  if (writer !== null) {
    draft.value = emptyDraft();
    steps.value = new Map();
  }
  writer = who;
});
