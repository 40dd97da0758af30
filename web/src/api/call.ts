import { Problem, UNREACHABLE, isAbort, problemFrom } from "./problem";

/**
 * What a call needs of the session and tells it. The session puts its own here (`state/session.ts`);
 * without one, as in tests, calls go out bare and refusals come back as they are.
 */
export const door = {
  csrf: (): string | null => null,
  /** Somebody has to sign in again. Settles when the call may be made once more. */
  signedOut: (): Promise<void> | null => null,
  /** The token is of another session of this browser. Settles when the session has been read again. */
  renew: (): Promise<void> | null => null,
  /** The password has to be changed before anything else. */
  expired: (): void => undefined,
  /** A call has been answered: the server counts idle time from here. */
  used: (): void => undefined,
};

const SAFE = /^(GET|HEAD)$/;

function send(path: string, init: RequestInit): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...(init.headers as Record<string, string> | undefined) };
  const csrf = door.csrf();
  if (csrf !== null && !SAFE.test(init.method ?? "GET")) headers["X-CSRF-Token"] = csrf;
  return fetch(path, { ...init, headers, credentials: "same-origin" });
}

async function answer<T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> {
  let response: Response;
  try {
    response = await send(path, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem(UNREACHABLE, String(error));
  }
  if (!response.ok) throw problemFrom(response.status, await document(response), Number(response.headers.get("Retry-After")) || 0);
  return read(response);
}

/** What an answer says; null for nothing, and for a refusal that is none of ours. */
async function document(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    if (response.ok) throw new Problem("internal_error", text.slice(0, 200), response.status);
    return null;
  }
}

/**
 * Ask the server. A call that found the session ended waits until somebody has signed in again and is then made
 * once more, so that the page goes on where it was.
 */
export function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  return asked(path, init, (response) => document(response) as Promise<T>);
}

/** A call that is answered with a file. */
export function callFile(path: string, init: RequestInit = {}): Promise<Blob> {
  return asked(path, init, (response) => response.blob());
}

async function asked<T>(path: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> {
  try {
    const body = await answer(path, init, read);
    door.used();
    return body;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "password_expired") door.expired();
    const again = error.code === "not_signed_in" ? door.signedOut() : error.code === "csrf" ? door.renew() : null;
    if (again === null) throw error;
    await unlessAborted(again, init.signal);
  }
  return answer(path, init, read);
}

function unlessAborted(wait: Promise<void>, signal: AbortSignal | null | undefined): Promise<void> {
  if (!signal) return wait;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new DOMException("aborted", "AbortError"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    wait.then(resolve, reject);
  });
}

/** A call that carries a document. */
export function sending(method: string, body: unknown, signal?: AbortSignal): RequestInit {
  return {
    method,
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
    signal: signal ?? null,
  };
}
