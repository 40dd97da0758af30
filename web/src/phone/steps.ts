import { entries, settled } from "./outbox";
import type { WorkEvent } from "./reports";
import type { Queued } from "./store";

/** State and further steps of an event after a step of its worker. */
const AFTER: Record<string, { state: string; work: readonly string[] }> = {
  handle: { state: "handling", work: ["feedback", "return"] },
  feedback: { state: "feedback", work: [] },
  return: { state: "returned", work: [] },
};

export interface Standing {
  state: string;
  work: readonly string[];
  /** Steps that were written here and wait to be sent. */
  waiting: number;
  /** Steps the server did not take. */
  refused: readonly Queued[];
}

export function pathOf(event: string): string {
  return `/api/events/${event}/steps`;
}

/** How an event stands once everything written on this phone is counted in, sent or not. */
export function standing(event: Pick<WorkEvent, "id" | "state" | "work">, queue: readonly Queued[] = entries.value, sent: readonly Queued[] = settled.value): Standing {
  const isOwn = (entry: Queued): boolean => entry.kind === "step" && entry.path === pathOf(event.id);
  const own = queue.filter(isOwn);
  const waiting = own.filter((entry) => entry.state === "waiting");
  const last = [...sent.filter(isOwn), ...waiting].pop();
  const after = last === undefined ? undefined : AFTER[String(last.body?.["action"])];
  return { state: after?.state ?? event.state, work: after?.work ?? event.work, waiting: waiting.length, refused: own.filter((entry) => entry.state === "refused") };
}
