import { useEffect, useState } from "preact/hooks";
import type { Method, SuggestAsked } from "../../api/plans";
import { t, type Word } from "../../i18n";
import { count } from "../../i18n/format";
import { basis, chosen, partName, parts, partRows, plan, totals } from "../../state/plan";
import { suggest, suggesting } from "../../state/planReview";
import { lang } from "../../state/store";
import { Field } from "../Field";
import { Icon } from "../Icon";
import { PlanForm } from "./PlanForm";

type Also = NonNullable<SuggestAsked["also"]>[number];
const ALSO: readonly Also[] = ["registered", "resident", "planned", "buildings"];
const METHODS: readonly Method[] = ["suggest", "repair", "redivide"];

/** 自动划分: what to divide, into how many, within which band; the answer is looked at on the map first. */
export function SuggestDialog({ scope: given, close }: { scope?: number[] | undefined; close: () => void }) {
  const band = plan.value!.band;
  const { unassigned, unassignedCells } = totals.value;
  const locked = [...parts.value.values()].filter((part) => part.locked).length;
  const picked = given ?? (chosen.value === null ? [] : [chosen.value]);
  const [method, setMethod] = useState<Method>("suggest");
  const [scope, setScope] = useState<"all" | "unassigned" | "selected">(given !== undefined ? "selected" : parts.value.size > 0 && unassignedCells > 0 ? "unassigned" : "all");
  const [fixed, setFixed] = useState(false);
  const [grids, setGrids] = useState("");
  const [min, setMin] = useState(band === null ? "" : String(band.min));
  const [also, setAlso] = useState<readonly Also[]>([]);
  const [max, setMax] = useState(band === null ? "" : String(band.max));
  useEffect(() => () => suggesting.peek()?.abort(), []);
  const whole = (text: string): number | null => (/^\d+$/.test(text.trim()) ? Number(text) : null);
  const bandBad = min.trim() !== "" && max.trim() !== "" && !((whole(min) ?? -1) <= (whole(max) ?? -2));
  const kBad = fixed && !((whole(grids) ?? 0) >= 1);
  const go = async (): Promise<void> => {
    const asked: Omit<SuggestAsked, "revision"> = { method, scope: scope === "selected" ? picked : scope };
    if (fixed && method === "suggest") asked.parts = whole(grids);
    if (whole(min) !== null) asked.min = whole(min);
    if (whole(max) !== null) asked.max = whole(max);
    if (also.length > 0) asked.also = [...also];
    await suggest(asked);
  };
  const households = scope === "unassigned" ? unassigned : scope === "selected" ? partRows.value.filter((row) => picked.includes(row.no)).reduce((sum, row) => sum + row.households, 0) : totals.value.total;
  return (
    <PlanForm title={t("suggest.title")} button={suggesting.value === null ? t("suggest.go") : t("suggest.working")} close={close} ready={!bandBad && !kBad && (scope !== "selected" || picked.length > 0)} go={go}>
      <div class="segments" role="group" aria-label={t("suggest.method")}>
        {METHODS.map((each) => <button key={each} type="button" aria-pressed={method === each} onClick={() => setMethod(each)}>{t(`suggest.${each}` as Word)}</button>)}
      </div>
      <p class="caption">{t(`suggest.${method}_note` as Word)}</p>
      <fieldset class="radio-rows">
        <legend>{t("suggest.scope")}</legend>
        {(["all", "unassigned", "selected"] as const).map((each) => (
          <label key={each} class="radio">
            <input type="radio" name="suggest-scope" checked={scope === each} disabled={(each === "unassigned" && unassignedCells === 0) || (each === "selected" && picked.length === 0)} onChange={() => setScope(each)} />
            {each === "selected" && picked.length > 0 ? t("suggest.scope_named", { names: picked.map(partName).join("、") }) : t(`suggest.scope_${each}` as Word)}
          </label>
        ))}
        <p class="caption">{t("suggest.households", { n: count(households, lang.value) })}</p>
      </fieldset>
      {method === "suggest" && (
        <fieldset class="radio-rows">
          <legend>{t("suggest.number")}</legend>
          <label class="radio"><input type="radio" name="suggest-k" checked={!fixed} onChange={() => setFixed(false)} />{t("suggest.free")}</label>
          <label class="radio">
            <input type="radio" name="suggest-k" checked={fixed} onChange={() => setFixed(true)} />{t("suggest.fixed")}
            <input type="number" class="small-number" min={1} aria-label={t("suggest.fixed")} value={grids} onFocus={() => setFixed(true)} onInput={(event) => setGrids(event.currentTarget.value)} />
          </label>
        </fieldset>
      )}
      <div class="form-pair">
        <Field id="suggest-min" label={t("suggest.min")} value={min} change={setMin} attributes={{ type: "number", min: 0 }} />
        <Field id="suggest-max" label={t("suggest.max")} value={max} change={setMax} attributes={{ type: "number", min: 0 }} fault={bandBad ? t("suggest.band_bad") : null} />
      </div>
      <fieldset class="also">
        <legend>{t("suggest.also", { basis: t(`plan.basis_${basis.value}`) })}</legend>
        {ALSO.filter((each) => each !== basis.value).map((each) => (
          <label key={each} class="check">
            <input type="checkbox" checked={also.includes(each)} onChange={(event) => setAlso(event.currentTarget.checked ? [...also, each] : also.filter((other) => other !== each))} />
            <span class="check-box" aria-hidden="true"><Icon name="check" /></span>
            {each === "buildings" ? t("card.buildings") : t(`plan.basis_${each}`)}
          </label>
        ))}
      </fieldset>
      <p class="caption">{locked > 0 ? t("suggest.locked", { n: locked }) : t("suggest.lock_note")}</p>
    </PlanForm>
  );
}
