import type { Fault } from "./types";

/** A refusal of the server, or the server's absence, by stable code. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly faults: Fault[];
  /** Seconds to wait before another try; 0 where the server names none. */
  readonly retryS: number;
  /** What the answer carries besides, such as the difference of a conflict. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, status = 0, faults: Fault[] = [], retryS = 0, more: Record<string, unknown> = {}) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.status = status;
    this.faults = faults;
    this.retryS = retryS;
    this.more = more;
  }
}

interface ProblemBody {
  code?: unknown;
  title?: unknown;
  detail?: unknown;
  faults?: unknown;
}

/** Read a problem+json body; anything else becomes `internal_error` (5xx) or `request_refused`. */
export function problemFrom(status: number, body: unknown, retryS = 0): Problem {
  const data = (typeof body === "object" && body !== null ? body : {}) as ProblemBody;
  const fallback = status >= 500 ? "internal_error" : "request_refused";
  const code = typeof data.code === "string" ? data.code : fallback;
  const text = typeof data.detail === "string" ? data.detail : typeof data.title === "string" ? data.title : "";
  return new Problem(code, text, status, Array.isArray(data.faults) ? (data.faults as Fault[]) : [], retryS, { ...data });
}

export const UNREACHABLE = "server_unreachable";

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Any thrown thing as a problem, so that the page has one way to say it. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem("page_error", error instanceof Error ? error.message : String(error));
}
