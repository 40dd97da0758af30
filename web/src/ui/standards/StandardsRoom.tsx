import { useEffect, useState } from "preact/hooks";
import { asProblem, isAbort, type Problem } from "../../api/problem";
import { standardsApi, type Board, type CoverageFigure, type RuleSetHead } from "../../api/standards";
import type { Basis } from "../../api/types";
import { inBrackets, named, t } from "../../i18n";
import { count, decimal } from "../../i18n/format";
import { lang, overview, params } from "../../state/store";
import { Icon } from "../Icon";
import { Notice } from "../Notice";
import { KM2, Matrix } from "./Matrix";
import { Reasons } from "./Reasons";

const FIRST = "kaili";
const BASES: readonly Basis[] = ["resident", "registered", "planned"];
const FIGURES = ["facility", "grid_land", "grid_households", "households"] as const;

/** 标准: communities × rules, who is below standard and why. */
export function StandardsRoom() {
  const [sets, setSets] = useState<readonly RuleSetHead[]>([]);
  const [rules, setRules] = useState(FIRST);
  const [division, setDivision] = useState<string | null>(null);
  const [basis, setBasis] = useState<Basis>(params.value?.basis ?? "resident");
  const [board, setBoard] = useState<Board | null>(null);
  const [failed, setFailed] = useState<Problem | null>(null);
  const [working, setWorking] = useState(true);
  const [again, setAgain] = useState(0);
  const [chosen, setChosen] = useState<string | null>(null);
  useEffect(() => {
    standardsApi.sets().then((found) => setSets([...found.built_in, ...found.versions.filter((each) => each.holds)]), () => undefined);
  }, []);
  useEffect(() => {
    const abort = new AbortController();
    setWorking(true);
    standardsApi.board(rules, basis, division, abort.signal).then(
      (found) => { setBoard(found); setFailed(null); setWorking(false); },
      (error: unknown) => { if (!isAbort(error)) { setFailed(asProblem(error)); setWorking(false); } },
    );
    return () => abort.abort();
  }, [rules, basis, division, again]);
  const names = [...new Map(sets.map((each) => [each.set, each])).values()];
  const townships = (overview.value?.divisions ?? []).filter((each) => each.level === "township");
  const row = board?.communities.find((each) => each.code === chosen) ?? null;
  return (
    <div class="room">
      <div class="room-head"><h2>{t("standards.title")}</h2><span class="caption">{t("standards.note")}</span></div>
      <div class="filters">
        <Choice label={t("standards.rules")} value={rules} change={setRules} wide options={names.map((each) => [each.set, titleOf(each)])} />
        <Choice label={t("standards.where")} value={division ?? ""} change={(code) => setDivision(code || null)} options={[["", t("standards.everywhere")], ...townships.map((each): [string, string] => [each.code, each.name])]} />
        <Choice label={t("standards.basis")} value={basis} change={(value) => setBasis(value as Basis)} options={BASES.map((each) => [each, t(`plan.basis_${each}`)])} />
      </div>
      <div class={`room-body standards${working ? " standards-old" : ""}`} data-scroll aria-busy={working}>
        {failed !== null && <Notice problem={failed} retry={() => setAgain(again + 1)} />}
        {board === null ? failed === null && <p class="room-empty" role="status">{t("loading")}</p> : (
          <>
            <Headline board={board} />
            <Matrix board={board} chosen={chosen} choose={(code) => setChosen(code === chosen ? null : code)} />
            {row !== null && <Reasons board={board} community={row} close={() => setChosen(null)} />}
          </>
        )}
      </div>
    </div>
  );
}

function titleOf(head: RuleSetHead): string {
  return (lang.value === "zh" ? head.place.zh : head.place.en) + inBrackets([head.year, head.set].filter(Boolean).join(" · "));
}

function Headline({ board }: { board: Board }) {
  const parts = ({ numerator, denominator, unit }: CoverageFigure): string => {
    const land = unit === "m2";
    const told = (value: number): string => (land ? decimal(value / KM2, 2, lang.value) : count(value, lang.value));
    return `${told(numerator ?? 0)} / ${told(denominator ?? 0)}${land ? " km²" : ""}`;
  };
  return (
    <dl class="standards-figures">
      {FIGURES.map((name) => {
        const figure = board.figures[name];
        return (
          <div key={name}>
            <dt>{named(figure.label)}</dt>
            <dd>{figure.percent === null ? "—" : `${figure.percent.toFixed(2)}%`}</dd>
            <dd class="caption">
              {figure.percent === null || figure.numerator === null || figure.denominator === null ? figure.absent !== null && named(figure.absent) : parts(figure)}
              {figure.unknown > 0 && ` · ${t("standards.unknown_n", { n: figure.unknown })}`}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  options: [string, string][];
  change: (value: string) => void;
  wide?: boolean;
}

function Choice({ label, value, options, change, wide = false }: ChoiceProps) {
  return (
    <label class={wide ? "filter filter-wide" : "filter"}>
      <span class="unseen">{label}</span>
      <select value={value} aria-label={label} onChange={(event) => change(event.currentTarget.value)}>
        {options.map(([code, text]) => <option key={code} value={code}>{text}</option>)}
      </select>
      <Icon name="chevronDown" />
    </label>
  );
}
