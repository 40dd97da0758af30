import type { Problem } from "../../api/problem";
import { t } from "../../i18n";
import { problemText } from "../../i18n/problems";
import { lang } from "../../state/store";

/** What is wrong, by the place of the form where it is said. */
export interface FormFaults {
  name?: string | undefined;
  display_name?: string | undefined;
  role?: string | undefined;
  area?: string | undefined;
}

const PLACES: Record<string, keyof FormFaults> = {
  name: "name",
  display_name: "display_name",
  role: "role",
  divisions: "area",
  everywhere: "area",
};

/** Part a refusal into what belongs to a field and what does not. */
export function faultsOf(problem: Problem): { known: FormFaults; rest: Problem | null } {
  const known: FormFaults = {};
  if (problem.code === "name_taken") return { known: { name: t("form.fault.taken") }, rest: null };
  if (problem.code === "outside_area") return { known: { area: problemText(problem.code, "", lang.value).what }, rest: null };
  let all = problem.faults.length > 0;
  for (const { field, reason } of problem.faults) {
    const place = PLACES[(field ?? "").split(/[.[]/)[0] ?? ""];
    if (place === undefined) all = false;
    // The server's reasons are English; the page has its own words where it knows what was asked for.
    else known[place] = known[place] ?? (lang.value === "en" ? reason : place === "name" ? t("form.fault.name") : place === "area" ? t("form.fault.area") : reason);
  }
  return { known, rest: all ? null : problem };
}
