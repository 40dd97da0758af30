import type { RuleSetHead } from "../../api/standards";
import { named, t } from "../../i18n";
import { step } from "../../state/desk";
import { ask } from "../../state/runs";
import { board, rules, ruleSets, rulesAt, withinAt } from "../../state/standards";
import { overview, params } from "../../state/store";
import { Icon } from "../Icon";
import { Mark } from "./Mark";

/** Rule set, area and households of the board. */
export function RuleSetPick() {
  const facts = overview.value!;
  const sets = ruleSets.value;
  const areas = facts.divisions.filter(({ level }) => level === "township");
  return (
    <div class="board-pick">
      <label class="board-choice board-choice-set">
        <span class="caption">{t("board.set")}</span>
        <span class="filter">
          <select aria-label={t("board.set")} disabled={sets === null} value={rules.value ?? ""} onChange={(event) => { const set = event.currentTarget.value; step(() => (rulesAt.value = set)); }}>
            {(sets ?? []).map((head) => <option key={head.set} value={head.set}>{optionText(head)}</option>)}
          </select>
          <Icon name="chevronDown" />
        </span>
      </label>
      {areas.length > 1 && (
        <label class="board-choice">
          <span class="caption">{t("board.within")}</span>
          <span class="filter">
            <select aria-label={t("board.within")} value={withinAt.value ?? ""} onChange={(event) => { const code = event.currentTarget.value; step(() => (withinAt.value = code === "" ? null : code)); }}>
              <option value="">{t("board.everywhere")}</option>
              {areas.map((area) => <option key={area.code} value={area.code}>{area.name}</option>)}
            </select>
            <Icon name="chevronDown" />
          </span>
        </label>
      )}
      <fieldset class="segments board-basis">
        <legend>{t("board.basis")}</legend>
        {facts.bases.map((basis) => (
          <button
            key={basis.code}
            type="button"
            aria-pressed={basis.code === params.value?.basis}
            disabled={basis.households === 0}
            title={basis.households === 0 ? t("coverage.basis_none") : undefined}
            onClick={() => ask({ basis: basis.code }, false)}
          >
            {t(`plan.basis_${basis.code}`)}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

/** "贵州省凯里市 · 用房每百户 30 平方米…": what tells sets of one place apart is what they ask for. */
function optionText({ place, year, summary }: RuleSetHead): string {
  const where = [named(place), year].filter(Boolean).join(" ");
  return `${where} · ${named(summary)}`;
}

/** Where the rules of the board come from. */
export function RuleSetSource() {
  const now = board.value!;
  return (
    <>
      {now.sets.map((head) => (
        <p key={`${head.set} ${head.version}`} class="caption board-source" title={named(head.summary)}>
          {[named(head.place), head.year, named(head.source)].filter(Boolean).join(" · ")}
          {head.origin === "division" && ` · ${t("board.own", { name: divisionName(head.division), n: head.version ?? "" })}${head.valid_from === null ? "" : ` ${t("board.from", { date: head.valid_from })}`}`}
          {head.marks.map((mark) => <Mark key={mark} mark={mark} />)}
          {head.quotation !== null && <q lang="zh-CN">{head.quotation}</q>}
        </p>
      ))}
      {now.notes.map((note) => <p key={note} class="caption board-source">{note}</p>)}
    </>
  );
}

function divisionName(code: string | null): string {
  return overview.value?.divisions.find((division) => division.code === code)?.name ?? code ?? "";
}
