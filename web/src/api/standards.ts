/** Rule sets and the standards board, as the server describes them. */
import { call } from "./call";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Board = Schemas["Board"];
export type Community = Schemas["CommunityVerdicts"];
export type Verdict = Schemas["Verdict"];
export type Column = Schemas["Column"];
export type RuleSetHead = Schemas["RuleSetHead"];
export type CoverageFigure = Schemas["CoverageFigure"];

const id = encodeURIComponent;

export const standardsApi = {
  sets: (signal?: AbortSignal): Promise<Schemas["RuleSets"]> => call("/api/rules", { signal: signal ?? null }),
  board: (rules: string, basis: string, division: string | null, signal?: AbortSignal): Promise<Board> =>
    call(`/api/standards?rules=${id(rules)}&basis=${id(basis)}${division === null ? "" : `&division=${id(division)}`}`, { signal: signal ?? null }),
};
