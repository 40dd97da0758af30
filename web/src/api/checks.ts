import { call, sending } from "./call";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type HouseholdCheck = Schemas["Check"];
export type CheckGrid = Schemas["CheckGrid"];

/** Households that grid workers counted (核实户数), and the community's decision. */
export const checksApi = {
  open: (): Promise<Schemas["Checks"]> => call("/api/household-checks?state=proposed&limit=1000"),
  decide: (check: string, accept: boolean, reason: string | null): Promise<HouseholdCheck> =>
    call(`/api/household-checks/${encodeURIComponent(check)}/decision`, sending("POST", { accept, reason })),
};
