import type { PeopleOfArea, StaffCommunity } from "../../api/people";
import { named, t, tCount } from "../../i18n";
import { plainNumber } from "../../i18n/amount";
import { count, dateSpan } from "../../i18n/format";
import { lang, overview } from "../../state/store";
import { Icon } from "../Icon";

/** Grids, those nobody answers for, households for each person, and full-time workers against their rule. */
export function PeopleFigures({ now }: { now: PeopleOfArea }) {
  const { grids, without_responsible: without, with_substitute: substitutes, households, workers, households_per_worker: load, counted_from, counted_to } = now.figures;
  const basis = overview.value?.bases.find(({ code }) => code === now.basis);
  const date = dateSpan(counted_from, counted_to);
  const number = (value: number): string => count(value, lang.value);
  return (
    <>
      <div class="figures">
        <section class="figure figure-radius" aria-label={t("people.figure_grids")}>
          <h3 class="figure-name">{t("people.figure_grids")}</h3>
          <p class="figure-value">{number(grids)}</p>
          <p class="caption">{t("people.with_substitute", { n: number(substitutes) })}</p>
        </section>
        <section class={`figure ${without > 0 ? "figure-bad" : "figure-served"}`} aria-label={t("people.figure_nobody")}>
          <h3 class="figure-name">{t("people.figure_nobody")}</h3>
          <p class="figure-value">{number(without)}</p>
          <p class="caption">{t("people.of_grids", { n: number(grids) })}</p>
        </section>
        <section class="figure figure-radius" aria-label={t("people.figure_load")}>
          <h3 class="figure-name">{t("people.figure_load")}</h3>
          <p class="figure-value">{load === null ? "—" : number(load)}</p>
          <p class="caption">{load === null || households === null ? t("people.load_none") : t("people.load_of", { a: number(households), b: number(workers) })}</p>
        </section>
      </div>
      {date !== null && basis !== undefined && <p class="caption basis-line">{t("people.counted", { basis: named(basis), date })}</p>}
      <StaffFigures now={now} />
    </>
  );
}

/** Full-time workers of each community: numerator, what its rule asks for, denominator, and where the rule comes from. */
function StaffFigures({ now }: { now: PeopleOfArea }) {
  const rows = now.communities.filter(({ staff }) => staff.state !== "not_applicable");
  if (rows.length === 0) return null;
  const of = (state: string): StaffCommunity[] => rows.filter(({ staff }) => staff.state === state);
  const [short, good, unknown] = [of("short"), of("compliant"), of("unknown")];
  const worst = [...short].sort((a, b) => (b.staff.shortfall ?? 0) - (a.staff.shortfall ?? 0));
  const said = [
    short.length > 0 && tCount("people.staff_short", short.length),
    good.length > 0 && t("people.staff_good", { n: good.length }),
    unknown.length > 0 && t("people.staff_unknown", { n: unknown.length }),
  ].filter(Boolean);
  return (
    <details class="people-staff">
      <summary>
        <span>{t("people.staff")}</span>
        <small class={short.length > 0 ? "bad" : undefined}>{said.join(" · ")}</small>
        <Icon name="chevronDown" />
      </summary>
      <ul>
        {[...worst, ...unknown, ...good].map(({ code, name, staff }) => (
          <li key={code}>
            <span>{name}</span>
            <small class={staff.state === "short" ? "bad" : undefined}>{staffText(staff)}</small>
          </li>
        ))}
      </ul>
      {now.staff.sets.map((head) => (
        <p key={`${head.set} ${head.version}`} class="caption">{t("people.staff_rule")}{lang.value === "zh" ? "：" : ": "}{[named(head.place), head.year, named(head.source)].filter(Boolean).join(" · ")}</p>
      ))}
    </details>
  );
}

function staffText(staff: StaffCommunity["staff"]): string {
  const c = staff.denominator === null ? "—" : plainNumber(staff.denominator, lang.value);
  if (staff.numerator === null) return t("people.staff_none", { posts: (staff.rule?.posts ?? []).join("、") });
  return t(staff.denominator_unit === "residents" ? "people.staff_row_residents" : "people.staff_row", { a: staff.numerator, b: staff.required ?? "—", c });
}
