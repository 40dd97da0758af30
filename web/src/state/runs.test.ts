import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Job, RunRequest } from "../api/types";

vi.stubGlobal("window", globalThis);
const { ask, cancel } = await import("./runs");
const { overview, params, problem, shown, stale, work } = await import("./store");

const QUESTION: RunRequest = { minutes: 15, speed_kmh: 4.5, radius_m: 3000, category: "service_station", basis: "resident" };
const calls: string[] = [];
let inputs = "a";

/** A service that stores the run of `minutes` as `run-MINUTES`; above 25 minutes it refuses. */
function service(path: string, init: RequestInit = {}): Promise<Response> {
  calls.push(`${init.method ?? "GET"} ${path}`);
  const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });
  const job = (minutes: number, state: Job["state"]): Partial<Job> => ({
    id: `job-${minutes}`, state, percent: 50, step: "", run: state === "done" ? `run-${minutes}` : null, error: null,
  });
  return new Promise((resolve, reject) => {
    init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    if (init.method === "POST") {
      const { minutes } = JSON.parse(init.body as string) as RunRequest;
      resolve(minutes > 25 ? json({ code: "no_stations", detail: "none" }, 422) : json(job(minutes, "running"), 202));
    } else if (path.startsWith("/api/jobs/")) resolve(json(job(Number(path.split("-")[1]), "done")));
    else if (path === "/api/overview") resolve(json({ counts: { stations: 5 }, extent: null }));
    else if (path === "/api/layers") resolve(json([]));
    else if (path.endsWith("/area")) resolve(json({ type: "FeatureCollection", features: [] }));
    else if (path.includes("/classes")) resolve(json({ breaks: [1], counts: [1], minimum: 0, scheme: "natural", unit: "" }));
    else {
      const run = path.split("/").pop()!;
      resolve(json({ run, inputs: { hash: inputs }, parameters: { ...QUESTION, minutes: Number(run.split("-")[1]) }, grids: [], communities: [] }));
    }
  });
}

const settled = (): Promise<void> => vi.waitFor(() => { if (work.value !== null) throw new Error("at work"); }, { timeout: 3000 });
const asked = async (change: Partial<RunRequest>): Promise<void> => {
  ask(change, false);
  await vi.waitFor(() => { if (work.value === null) throw new Error("not yet at work"); });
};

beforeEach(() => {
  vi.stubGlobal("fetch", service);
  calls.length = 0;
  inputs = "a";
  overview.value = null;
  shown.value = null;
  problem.value = null;
  params.value = { ...QUESTION };
});

describe("a question", () => {
  it("becomes what is shown", async () => {
    await asked({ minutes: 10 });
    await settled();
    expect(shown.value?.run.run).toBe("run-10");
  });

  it("is superseded by a newer one, whose answer alone is shown", async () => {
    await asked({ minutes: 10 });
    await vi.waitFor(() => expect(work.value?.job).toBe("job-10"));
    await asked({ minutes: 12 });
    await settled();
    expect(calls).toContain("DELETE /api/jobs/job-10");
    expect(calls).not.toContain("GET /api/coverage/runs/run-10");
    expect(shown.value?.run.run).toBe("run-12");
  });

  it("makes what is shown stale until its answer is there", async () => {
    await asked({ minutes: 10 });
    await settled();
    expect(stale.value).toBe(false);
    params.value = { ...QUESTION, minutes: 11 };
    expect(stale.value).toBe(true);
  });

  it("whose answer stands on newer data reads the rest of the page again", async () => {
    await asked({ minutes: 10 });
    await settled();
    await asked({ minutes: 11 });
    await settled();
    expect(calls).not.toContain("GET /api/overview");
    inputs = "b";
    await asked({ minutes: 12 });
    await settled();
    expect(shown.value?.run.run).toBe("run-12");
    expect(overview.value?.counts).toEqual({ stations: 5 });
  });

  it("that is refused leaves the old answer", async () => {
    await asked({ minutes: 10 });
    await settled();
    ask({ minutes: 30 }, false);
    await vi.waitFor(() => expect(problem.value?.code).toBe("no_stations"));
    expect(shown.value?.run.run).toBe("run-10");
  });

  it("that is cancelled gives the controls back to what is shown", async () => {
    await asked({ minutes: 10 });
    await settled();
    await asked({ minutes: 12 });
    cancel();
    expect(params.value?.minutes).toBe(10);
    expect(work.value).toBeNull();
  });
});
