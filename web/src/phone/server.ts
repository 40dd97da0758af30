import { signal } from "@preact/signals";
import { Problem, UNREACHABLE, problemFrom } from "../api/problem";
import { account, csrf, lapsed, token } from "./session";

const WAIT_MS = 15_000;
/** Whether the server answered when it was last asked. */
export const reached = signal(true);
/** By how much the phone's clock is wrong, milliseconds to be added; null before the server has told its own. */
export const clockOff = signal<number | null>(null);

/** Headers that prove who asks: the second token beside the cookie, or the token a mandated platform handed over. */
export function proof(): Record<string, string> {
  const found: Record<string, string> = {};
  if (csrf.value !== null) found["X-CSRF-Token"] = csrf.value;
  if (token.value !== null) found["Authorization"] = `Bearer ${token.value}`;
  return found;
}

export interface Answered<T> {
  status: number;
  tag: string | null;
  body: T;
}

/** Ask the server; it is away when it has not answered in fifteen seconds. */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<Answered<T>> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT_MS);
  let response: Response;
  let text: string;
  try {
    const headers = { Accept: "application/json", ...(account.value === null ? {} : { "X-Wangge-Account": account.value }), ...proof(), ...(init.headers as Record<string, string> | undefined) };
    response = await fetch(path, { ...init, headers, credentials: "same-origin", signal: stop.signal });
    text = response.status === 304 ? "" : await response.text();
  } catch (error) {
    reached.value = false;
    throw new Problem(UNREACHABLE, String(error));
  } finally {
    clearTimeout(timer);
  }
  let body: unknown = null;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    // A gateway's page in place of ours counts as no answer.
    reached.value = false;
    throw new Problem(UNREACHABLE, text.slice(0, 100), response.status);
  }
  reached.value = true;
  const told = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(told)) clockOff.value = told - Date.now();
  // Whatever was asked: the session is over, and the page says so.
  if (response.status === 401 && account.value !== null && !path.startsWith("/api/session")) lapsed.value = true;
  if (!response.ok && response.status !== 304) throw problemFrom(response.status, body, Number(response.headers.get("Retry-After")) || 0);
  return { status: response.status, tag: response.headers.get("ETag"), body: body as T };
}

export async function send<T>(path: string, body: unknown, method = "POST"): Promise<T> {
  const init = { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return (await ask<T>(path, init)).body;
}
