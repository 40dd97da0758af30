/** Who holds which post in which grid, as the server's OpenAPI has it. */
import { call, callFile, sending } from "./call";
import type { components } from "./schema";
import type { Basis } from "./types";

type Schemas = components["schemas"];

export type PeopleOfArea = Schemas["PeopleOfArea"];
export type PeopleGrid = Schemas["PeopleGrid"];
export type PeopleWarning = Schemas["PeopleWarning"];
export type StaffCommunity = Schemas["StaffCommunity"];
export type HeldPosting = Schemas["HeldPosting"];
export type WhoAnswered = Schemas["WhoAnswered"];
export type Post = Schemas["Post"];
export type PostWord = Schemas["PostWord"];
export type Worker = Schemas["Worker"];
export type LedgerSummary = Schemas["LedgerSummary"];
export type GridState = PeopleGrid["state"];

/** Somebody known, or a name that is looked up or added. */
export type Whom = { worker: number } | { name: string; work_phone: string | null };

export interface Assignment {
  grids: readonly string[];
  post: string;
  valid_from: string;
  valid_to: string | null;
  replace: boolean;
}

const post = <T>(path: string, body: unknown): Promise<T> => call(path, sending("POST", body));

export const peopleApi = {
  area: (asked: { division: string | null; on: string | null; basis: Basis }, signal?: AbortSignal): Promise<PeopleOfArea> => {
    const query = new URLSearchParams({ basis: asked.basis });
    if (asked.division !== null) query.set("division", asked.division);
    if (asked.on !== null) query.set("on", asked.on);
    return call(`/api/postings/area?${query.toString()}`, { signal: signal ?? null });
  },
  who: (grid: string, on: string | null, signal?: AbortSignal): Promise<WhoAnswered> =>
    call(`/api/postings?grid=${encodeURIComponent(grid)}${on === null ? "" : `&on=${on}`}`, { signal: signal ?? null }),
  posts: (): Promise<Schemas["Posts"]> => call("/api/posts"),
  setPost: (body: { name: string; zh: string; en: string; responsible: boolean; ordinal: number; division: string | null }): Promise<Post> => post("/api/posts", body),
  workers: (q: string, signal?: AbortSignal): Promise<Schemas["Workers"]> => call(`/api/workers?q=${encodeURIComponent(q)}`, { signal: signal ?? null }),
  changeWorker: (worker: number, body: { name: string; work_phone: string | null }): Promise<Worker> => call(`/api/workers/${worker}`, sending("PATCH", body)),
  assign: (whom: Whom, what: Assignment): Promise<Schemas["Assigned"]> => post("/api/postings", { ...whom, ...what }),
  end: (posting: number, on: string): Promise<Schemas["Ended"]> => post(`/api/postings/${posting}/end`, { on }),
  handOver: (posting: number, whom: Whom, on: string): Promise<Schemas["HandedOver"]> => post(`/api/postings/${posting}/hand-over`, { ...whom, on }),
  substitute: (posting: number, whom: Whom, from: string, to: string): Promise<Schemas["Substituted"]> =>
    post(`/api/postings/${posting}/substitutes`, { ...whom, valid_from: from, valid_to: to }),
  /** The ledger again as a workbook, with what is wrong marked in it. */
  markedLedger: (asked: { file: string; content: string; title: string; marks: { row: number; field: string | null; reason: string }[] }): Promise<Blob> => callFile("/api/postings/ledger/marked", sending("POST", asked)),
  ledger: (file: string, content: string, dryRun: boolean): Promise<LedgerSummary> => post("/api/postings/ledger", { file, content, dry_run: dryRun }),
};
