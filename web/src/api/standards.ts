/** Rule sets and the standards board, as the server's OpenAPI has them. */
import { call } from "./call";
import type { components } from "./schema";
import type { Basis } from "./types";

type Schemas = components["schemas"];

export type Board = Schemas["Board"];
export type BoardColumn = Schemas["Column"];
export type BoardRow = Schemas["CommunityVerdicts"];
export type BoardTotal = Schemas["Total"];
export type CoverageFigure = Schemas["CoverageFigure"];
export type RuleSetHead = Schemas["RuleSetHead"];
export type RuleSets = Schemas["RuleSets"];
export type Verdict = Schemas["Verdict"];
export type VerdictState = Verdict["state"];

export const standardsApi = {
  ruleSets: (signal?: AbortSignal): Promise<RuleSets> => call("/api/rules", { signal: signal ?? null }),
  board: (asked: { rules: string; division: string | null; basis: Basis }, signal?: AbortSignal): Promise<Board> => {
    const query = new URLSearchParams({ rules: asked.rules, basis: asked.basis });
    if (asked.division !== null) query.set("division", asked.division);
    return call(`/api/standards?${query.toString()}`, { signal: signal ?? null });
  },
};
