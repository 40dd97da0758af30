import { signal } from "@preact/signals";

export interface ReportDraft {
  photos: Blob[];
  group: string | null;
  category: string | null;
  text: string;
}

export function emptyDraft(): ReportDraft {
  return { photos: [], group: null, category: null, text: "" };
}

/** The report being written: it outlives the sheet, so that pointing at the map loses nothing. */
export const draft = signal<ReportDraft>(emptyDraft());
