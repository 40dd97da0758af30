import { signal } from "@preact/signals";
import { Problem, UNREACHABLE } from "../../api/problem";
import { say, sayRefusal } from "../words";

/** A sentence at the foot of the page, for four seconds. */
export const toast = signal<{ text: string; bad: boolean } | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export function tell(text: string, bad = false): void {
  toast.value = { text, bad };
  clearTimeout(timer);
  timer = setTimeout(() => (toast.value = null), bad ? 8000 : 4000);
}

/** Say what became of something that was written. */
export function tellWritten(how: "saved" | "sent"): void {
  tell(how === "sent" ? say("sent") : navigator.onLine ? say("saved") : say("saved_later"));
}

export function tellFailed(error: unknown): void {
  tell(say("not_saved", { why: reasonOf(error) }), true);
}

function reasonOf(error: unknown): string {
  if (error instanceof Problem) return error.code === UNREACHABLE ? say("why_no_network") : sayRefusal({ code: error.code, message: error.message });
  if (error instanceof DOMException && error.name === "QuotaExceededError") return say("why_full");
  return say("why_unknown", { what: error instanceof Error ? error.message : String(error) });
}
