import { afterEach, describe, expect, it, vi } from "vitest";
import { call, door, sending } from "./call";
import { Problem } from "./problem";

const kept = { ...door };
afterEach(() => {
  Object.assign(door, kept);
  vi.unstubAllGlobals();
});

const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ code, detail: code, faults: [] }), { status, headers });

/** Answer one call after the other and keep what was sent. */
function server(...answers: Response[]): { path: string; init: RequestInit }[] {
  const sent: { path: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    sent.push({ path, init });
    return Promise.resolve(answers.shift()!);
  });
  return sent;
}
const header = (init: RequestInit): string | undefined => (init.headers as Record<string, string>)["X-CSRF-Token"];

describe("a call", () => {
  it("carries the session's token when it changes something, and only then", async () => {
    door.csrf = () => "abc";
    const sent = server(new Response("{}"), new Response("{}"), new Response("{}"));
    await call("/api/overview");
    await call("/api/accounts", sending("POST", { name: "x" }));
    await call("/api/session", { method: "DELETE" });
    expect(sent.map(({ init }) => header(init))).toEqual([undefined, "abc", "abc"]);
    expect(sent.every(({ init }) => init.credentials === "same-origin")).toBe(true);
  });

  it("waits for somebody to sign in again and is then made once more, with the new token", async () => {
    let token = "old";
    let go = (): void => undefined;
    door.csrf = () => token;
    door.signedOut = () => new Promise<void>((resolve) => (go = resolve));
    const sent = server(problem(401, "not_signed_in"), new Response('{"n":1}'));
    const answer = call<{ n: number }>("/api/accounts", sending("POST", {}));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    token = "new";
    await new Promise((resolve) => setTimeout(resolve));
    go();
    expect((await answer).n).toBe(1);
    expect(header(sent[1]!.init)).toBe("new");
  });

  it("is refused when nobody has been signed in", async () => {
    server(problem(401, "not_signed_in"));
    await expect(call("/api/overview")).rejects.toMatchObject({ code: "not_signed_in", status: 401 });
  });

  it("stops waiting when it is no longer wanted", async () => {
    door.signedOut = () => new Promise(() => undefined);
    server(problem(401, "not_signed_in"));
    const abort = new AbortController();
    const answer = call("/api/overview", { signal: abort.signal });
    setTimeout(() => abort.abort(), 5);
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
  });

  it("says how long to wait", async () => {
    server(problem(429, "too_many_requests", { "Retry-After": "7" }));
    await expect(call("/api/overview")).rejects.toSatisfy((error) => error instanceof Problem && error.retryS === 7);
  });
});
