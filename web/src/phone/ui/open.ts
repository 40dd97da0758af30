import { signal } from "@preact/signals";

export type SheetName = "grid" | "report" | "tasks" | "near" | "settings" | "queue";
/** The sheet over the map. */
export const sheet = signal<SheetName | null>(null);
/** The event of one's grid that the sheet of tasks shows. */
export const atEvent = signal<string | null>(null);
/** The building of the grid sheet. */
export const chosen = signal<string | null>(null);
