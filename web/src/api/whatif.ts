/** What-ifs and kept scenarios, as the server's OpenAPI has them. */
import { call, sending } from "./call";
import type { components } from "./schema";
import type { Job, RunRequest } from "./types";

type Schemas = components["schemas"];

export type Change = Schemas["Change"];
export type WhatIfAnswer = Schemas["Answer"];
export type AreaClasses = Schemas["AreaClasses"];
export type ChangedBuilding = Schemas["ChangedBuilding"];
export type ClassTotals = Schemas["ClassTotals"];
export type StationLoad = Schemas["StationLoad"];
export type Asked = Schemas["ScenarioQuestion"];
export type ScenarioRow = Schemas["ScenarioRow"];
export type ScenarioDocument = Schemas["ScenarioDocument"];
export type ScenarioState = Schemas["Decision"]["state"];
export type WhatIfAsked = Omit<Schemas["WhatIf"], "question"> & { question: RunRequest };

export type SitingSummary = Schemas["SitingSummary"];
export type SitingAsked = Omit<Schemas["SitingRequest"], "question" | "seed"> & { question: RunRequest & { division: string | null } };
export type Objective = NonNullable<SitingAsked["objective"]>;

export const whatIfApi = {
  ask: (asked: WhatIfAsked, signal?: AbortSignal): Promise<WhatIfAnswer> => call("/api/whatif", sending("POST", asked, signal)),
  scenarios: (signal?: AbortSignal): Promise<Schemas["Scenarios"]> => call("/api/scenarios", { signal: signal ?? null }),
  scenario: (id: number, signal?: AbortSignal): Promise<ScenarioDocument> => call(`/api/scenarios/${id}`, { signal: signal ?? null }),
  keep: (asked: WhatIfAsked & { name: string; note: string | null }): Promise<ScenarioDocument> => call("/api/scenarios", sending("POST", asked)),
  decide: (id: number, state: ScenarioState, note: string | null): Promise<ScenarioDocument> =>
    call(`/api/scenarios/${id}/decision`, sending("POST", { state, note })),
  site: (asked: SitingAsked, signal?: AbortSignal): Promise<Job> => call("/api/siting", sending("POST", asked, signal)),
};
